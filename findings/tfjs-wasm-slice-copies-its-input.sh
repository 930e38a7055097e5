#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: `tf.slice` of some rows begins by `readSync` of its whole input, which copies all
# of its bytes out of WebAssembly's memory: 32 rows of a training set of 60 000 cost a copy of 60 000. So batches cut
# from one large tensor take time in proportion to the data set, not to the batch. (The last argument of the backend's
# own `readSync` could name a part; the kernel does not give it.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 \
  @tensorflow/tfjs-backend-wasm@4.22.0
cat >run.mjs <<'JS'
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
tf.env().set("PROD", true);
await tf.setBackend("wasm");
const x = tf.zeros([10_000, 7]);
const backend = tf.backend();
const readSync = backend.readSync;
let copied = 0;
backend.readSync = function (...given) {
  const bytes = readSync.apply(this, given);
  copied += bytes.byteLength;
  return bytes;
};
const rows = tf.slice(x, [64, 0], [32, 7]);
console.log(`result ${rows.size * 4} B, copied out ${copied} B`);
process.exit(0);
JS
diff <(node run.mjs) - <<'OUT'
result 896 B, copied out 280000 B
OUT
echo "as described"
