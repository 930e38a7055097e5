#!/usr/bin/env bash
# TensorFlow.js 4.22.0, pooling over a window with a NaN in it: tf.maxPool leaves the NaN out on cpu, where tf.avgPool
# gives NaN; on wasm both give -Infinity, even the mean of [NaN, 1, 1, 1]. So a diverged network shows no NaN behind a
# pooling layer, but finite numbers or -Infinity.
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
  const x = tf.tensor4d([NaN, 1, 1, 1], [1, 2, 2, 1]);
  const pooled = [tf.maxPool, tf.avgPool].map((pool) => pool(x, 2, 1, "valid").dataSync()[0]);
  console.log(backend, "maximum", pooled[0], "mean", pooled[1]);
}
process.exit(0);
JS
diff <(node run.mjs) - <<'OUT'
cpu maximum 1 mean NaN
wasm maximum -Infinity mean -Infinity
OUT
echo "as described"
