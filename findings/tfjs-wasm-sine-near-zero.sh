#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: tf.sin is no odd function near 0, and wrong by a factor of 3 on one side. Of
# -1e-7 it gives -3.02e-7, of 1e-7 the right 1e-7. tf.tan of both is right, as both are on cpu. Whoever tests small
# arguments by positive ones sees nothing.
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
  const x = tf.tensor1d([-1e-7, 1e-7]);
  const shown = (y) => [...y.dataSync()].map((value) => value.toPrecision(3)).join();
  console.log(backend, "sin", shown(tf.sin(x)), "tan", shown(tf.tan(x)));
}
process.exit(0);
JS
diff <(node run.mjs) - <<'OUT'
cpu sin -1.00e-7,1.00e-7 tan -1.00e-7,1.00e-7
wasm sin -3.02e-7,1.00e-7 tan -1.00e-7,1.00e-7
OUT
echo "as described"
