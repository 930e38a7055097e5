#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: a cast to bool keeps the lowest byte of the truncated number instead of asking
# whether it is zero. 0.5 and 256 become false, 2 becomes a "true" of 2, which counts twice in a sum, and -1 one of 255.
# A mask made of token ids hides every 256th token. cpu gives 1 for all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 \
  @tensorflow/tfjs-backend-wasm@4.22.0
cat >run.mjs <<'JS'
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
tf.env().set("PROD", true);
for (const backend of ["cpu", "wasm"]) {
  await tf.setBackend(backend);
  const numbers = tf.cast(tf.tensor1d([0.5, 256, 2, -1, 0]), "bool");
  const ids = tf.cast(tf.tensor1d([256, 512, 2, 7, 0], "int32"), "bool");
  console.log(backend, [...numbers.dataSync()].join(), [...ids.dataSync()].join());
}
process.exit(0);
JS
# Seen: cpu 1,1,1,1,0 twice; wasm 0,0,2,255,0 and 0,0,2,7,0.
diff <(node run.mjs) - <<'OUT'
cpu 1,1,1,1,0 1,1,1,1,0
wasm 0,0,2,255,0 0,0,2,7,0
OUT
echo "as described"
