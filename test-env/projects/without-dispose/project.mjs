/** @file An engine without `Symbol.dispose`, as WebKit is. */
import { expectReport } from "../expect.mjs";

export async function run({ node }) {
  expectReport(await node(["main.mjs"]));
}
