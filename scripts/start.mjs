/** @file `npm start`: installs, builds and runs the guide's training; arguments go to the guide. */
import "./lib/node-version.mjs";
import { install } from "./lib/install.mjs";
import { runNode } from "./lib/run.mjs";

await install();
const built = await runNode("node_modules/typescript/bin/tsc", ["-b"]);
process.exitCode = built || (await runNode("packages/examples/dist/guide/main.js", process.argv.slice(2)));
