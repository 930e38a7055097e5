/** @file The program of Node, Deno and Bun: prints its report, of JSON, as its last line. */
import { run } from "./run.mjs";

console.log(JSON.stringify(await run(JSON.parse(process.env.PLAN ?? "{}"))));
