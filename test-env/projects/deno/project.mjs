/** @file Deno, and a Worker of Deno whose compiled functions have threads of their own. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expectReport } from "../expect.mjs";

export async function run({ folder, installed, npm }) {
  await npm("install", "--no-save", "deno@2.9.6");
  for (const file of ["main.mjs", "worker.mjs"]) {
    const deno = join(installed, "node_modules", ".bin", "deno");
    const { stdout, stderr } = await promisify(execFile)(deno, ["run", "-A", file], { cwd: folder });
    expectReport(JSON.parse(stdout.trim().split("\n").at(-1)));
    // A thread that cannot go on says so there, while the others go on.
    assert.doesNotMatch(stderr, /error/i);
  }
}
