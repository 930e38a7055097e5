/** @file A worker thread, whose compiled functions have threads of their own. */
import { expectReport } from "../expect.mjs";

export async function run({ node }) {
  expectReport(await node(["main.mjs"]), { workers: true });
}
