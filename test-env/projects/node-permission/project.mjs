/** @file `node --permission` without `--allow-worker`, and Node without WebAssembly. */
import assert from "node:assert/strict";
import { expectReport } from "../expect.mjs";

export async function run({ node }) {
  const flag = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  const restricted = await node(["--no-warnings", flag, "--allow-fs-read=*", "main.mjs"]);
  expectReport(restricted, { workers: false });
  const jitless = await node(["--jitless", "main.mjs"], {
    PROGRAM: JSON.stringify({ backends: ["wasm", "cpu"], rows: 1, options: { fallback: "kernels" } }),
  });
  expectReport(jitless, { backend: "cpu" });
  assert.match(jitless.unavailable, /^WebAssemblyUnavailableError: jit\(anonymous\): expected an engine/);
}
