#!/usr/bin/env bash
# TensorFlow.js 4.22.0, tf.avgPool with "same": the forward pass divides by the elements of a window that are no padding,
# the gradient by all places of the window. For [1, 2, 3] and windows of 2 with stride 2 the second window is 3 alone,
# its mean 3, so that its derivative is 1; tf.grad says 0.5. Training follows a slope that is not that of the loss.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 \
  @tensorflow/tfjs-backend-wasm@4.22.0 @tensorflow/tfjs@4.22.0
cat >run.mjs <<'JS'
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs"; // for its gradients
console.warn = () => {};
tf.env().set("PROD", true);
for (const backend of ["cpu", "wasm"]) {
  await tf.setBackend(backend);
  const pool = (x) => tf.avgPool(tf.reshape(x, [1, 1, 3, 1]), [1, 2], [1, 2], "same");
  const x = tf.tensor1d([1, 2, 3]);
  const slopes = tf.grad((x) => tf.sum(pool(x)))(x);
  console.log(backend, "means", pool(x).dataSync().join(), "slopes", slopes.dataSync().join());
}
process.exit(0);
JS
# The slopes should be 0.5, 0.5, 1.
diff <(node run.mjs) - <<'OUT'
cpu means 1.5,3 slopes 0.5,0.5,0.5
wasm means 1.5,3 slopes 0.5,0.5,0.5
OUT
echo "as described"
