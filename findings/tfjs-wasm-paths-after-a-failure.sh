#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: once a start has failed (files not found, say), `setWasmPaths` throws that the
# backend "was already initialized", for good: the advice to call it before `tf.setBackend` cannot be followed in this
# process or page. But the map of paths is kept by reference: where one was given before the failure, writing the right
# addresses into that same object makes the next start work.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat >run.mjs <<'JS'
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
console.warn = console.error = () => {};
const dist = new URL("node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url).pathname;
const names = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"];
const paths = Object.fromEntries(names.map((name) => [name, `/missing/${name}`]));
setWasmPaths(paths);
console.log("first start", await tf.setBackend("wasm"));
try {
  setWasmPaths(dist);
  console.log("paths taken");
} catch (error) {
  console.log(error.message.split(".")[0]);
}
for (const name of names) paths[name] = dist + name;
console.log("second start", await tf.setBackend("wasm"));
process.exit(0);
JS
diff <(node run.mjs) - <<'OUT'
first start false
The WASM backend was already initialized
second start true
OUT
echo "as described"
