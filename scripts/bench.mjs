/** @file `npm run bench`: builds and times the guide's training step; arguments go to the comparison. */
import "./lib/node-version.mjs";
import { install } from "./lib/install.mjs";
import { runNode } from "./lib/run.mjs";

await install();
const built = await runNode("node_modules/typescript/bin/tsc", ["-b"]);
process.exitCode = built || (await runNode("packages/examples/dist/bench/main.js", process.argv.slice(2)));
