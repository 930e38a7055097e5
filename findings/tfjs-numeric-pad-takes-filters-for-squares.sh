#!/usr/bin/env bash
# TensorFlow.js 4.22.0, tf.conv2d with its padding as a number and a filter that is no square: the size of the output is
# computed with the height of the filter for its width, too. Padding 1 around 5 x 5 with a filter of 1 x 3 should give
# 7 x 5; cpu and wasm say 7 x 7. cpu fills the two columns that are too many from windows further to the right; wasm
# writes rows of 5 into the rows of 7, one after the other, and leaves old memory behind the last.
# The same padding as [[0, 0], [1, 1], [1, 1], [0, 0]] is right.
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
  const [x, filter] = [tf.ones([1, 5, 5, 1]), tf.ones([1, 3, 1, 1])];
  const number = tf.conv2d(x, filter, 1, 1);
  const list = tf.conv2d(x, filter, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]);
  // The second row of each, as many numbers as the shape says a row has.
  const row = (y) => y.dataSync().slice(y.shape[2], 2 * y.shape[2]).join();
  console.log(backend, "number", `[${number.shape}]`, row(number), "list", `[${list.shape}]`, row(list));
}
process.exit(0);
JS
diff <(node run.mjs) - <<'OUT'
cpu number [1,7,7,1] 2,3,3,3,2,1,0 list [1,7,5,1] 2,3,3,3,2
wasm number [1,7,7,1] 3,3,2,2,3,3,3 list [1,7,5,1] 2,3,3,3,2
OUT
echo "as described"
