#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: matMul keeps its right operand packed by the id of its data, and looks at no
# shape when it meets that id again. tf.reshape shares the id, so the same tensor in another shape is multiplied as it
# was first: ones [1,3] by x reshaped to [3,2], of 1 to 6, gives 9, 12, but 5, 7 once x itself has been
# a right operand: sums of the columns of the [2,3] that it was. There is no error.
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
  const product = (isUsedBefore) => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    if (isUsedBefore) tf.matMul(tf.ones([1, 2]), x);
    return tf.matMul(tf.ones([1, 3]), tf.reshape(x, [3, 2])).dataSync().join();
  };
  console.log(backend, product(false), product(true));
}
process.exit(0);
JS
# Seen: cpu 9,12 twice; wasm 9,12, then 5,7.
diff <(node run.mjs) - <<'OUT'
cpu 9,12 9,12
wasm 9,12 5,7
OUT
echo "as described"
