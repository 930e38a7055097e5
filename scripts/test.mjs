/** @file `npm test`: installs and runs every test; arguments go to vitest. */
import "./lib/node-version.mjs";
import { install } from "./lib/install.mjs";
import { runNode } from "./lib/run.mjs";

await install();
process.exitCode = await runNode("node_modules/vitest/vitest.mjs", ["run", ...process.argv.slice(2)]);
