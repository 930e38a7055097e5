#!/usr/bin/env bash
# onnxruntime-web 1.30.0 in Node: the first session defines a global Worker, with one thread too, and it stays when the
# session is released. Libraries that take it for a browser's change their mind in the middle: jax-js 0.1.25 asks for it
# when it makes its memory, and again when it writes code for that memory, shared or not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund onnxruntime-web@1.30.0
cat >run.mjs <<'JS'
import * as ort from "onnxruntime-web";

const identity = "CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEA0=";
ort.env.wasm.numThreads = Number(process.argv[2]);
console.log("imported", typeof Worker);
const session = await ort.InferenceSession.create(Buffer.from(identity, "base64"));
await session.release();
console.log("released", typeof Worker);
process.exit();
JS
diff <(node run.mjs 1; node run.mjs 2) - <<'OUT'
imported undefined
released function
imported undefined
released function
OUT
echo "as described"
