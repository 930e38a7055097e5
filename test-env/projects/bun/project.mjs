/** @file Bun, with the engine of WebKit. */
import { join } from "node:path";
import { expectReport } from "../expect.mjs";

export async function run({ installed, npm, execute }) {
  await npm("install", "--no-save", "bun@1.4");
  expectReport(await execute(join(installed, "node_modules", ".bin", "bun"), ["main.mjs"]));
}
