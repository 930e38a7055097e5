#!/usr/bin/env bash
# TensorFlow.js 4.22.0: tf.prelu broadcasts x and alpha to each other, but its gradient is summed for alpha alone: where x
# is the one that was broadcast, the gradient has the shape of the result, and the engine refuses it with an error.
# Other operations of two operands, and PyTorch's and Keras' PReLU, which broadcast alpha only, are summed right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0
cat >run.mjs <<'JS'
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
const gradient = (x, alpha, op) => {
  try {
    return `[${tf.grad((x) => tf.sum(op(x, tf.fill(alpha, 0.5))))(tf.fill(x, -1)).shape}]`;
  } catch (error) {
    return error.message.split("\n")[0];
  }
};
for (const [x, alpha] of [[[2, 3], [3]], [[3], [2, 3]], [[2, 1], [2, 3]]]) {
  console.log(`x [${x}], alpha [${alpha}]`);
  console.log("prelu", gradient(x, alpha, tf.prelu));
  console.log("mul", gradient(x, alpha, tf.mul));
}
JS
diff <(node run.mjs 2>/dev/null | grep -v '^$' | grep -E '^(x |prelu|mul)') - <<'OUT'
x [2,3], alpha [3]
prelu [2,3]
mul [2,3]
x [3], alpha [2,3]
prelu Error in gradient for op Prelu. The gradient of input 'x' has shape '2,3', which does not match the shape of the input '3'
mul [3]
x [2,1], alpha [2,3]
prelu Error in gradient for op Prelu. The gradient of input 'x' has shape '2,3', which does not match the shape of the input '2,1'
mul [2,1]
OUT
echo "as described"
