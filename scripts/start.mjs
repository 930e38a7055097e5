/** @file `npm start`, `npm run digits` and its like: installs, builds and runs the example that the first argument names. */
import "./lib/node-version.mjs";
import { install } from "./lib/install.mjs";
import { runNode } from "./lib/run.mjs";

const [, , example, ...args] = process.argv;

await install();
const built = await runNode("node_modules/typescript/bin/tsc", ["-b"]);
process.exitCode = built || (await runNode(`packages/examples/dist/${example}/main.js`, args));
