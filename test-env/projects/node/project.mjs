/** @file Plain Node: the README's introduction on the packed packages, and the program of all projects. */
import { expectReport } from "../expect.mjs";

export async function run({ node }) {
  await node(["quick-intro.mjs"]);
  expectReport(await node(["main.mjs"]), { workers: true });
}
