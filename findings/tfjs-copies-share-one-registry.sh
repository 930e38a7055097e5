#!/usr/bin/env bash
# Two copies of @tensorflow/tfjs-core 4.22.0 in one process (nested installs, a bundle beside node_modules) are not two
# TensorFlow.js: they share one engine and one kernel registry through globalThis (_tfengine, _tfGlobals), and
# `instanceof tf.Tensor` holds across them. Loading the backend package a second time registers all of its kernels
# anew over those in place, with a warning for each: kernels that somebody had put there are gone for both copies.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for copy in one two; do
  mkdir -p "$folder/$copy"
  (
    cd "$folder/$copy"
    echo '{ "private": true }' >package.json
    npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
  )
done
cd "$folder"
cat >run.cjs <<'JS'
const { createRequire } = require("node:module");
const [one, two] = ["one", "two"].map((copy) => createRequire(`${__dirname}/${copy}/index.js`));
console.warn = () => {};
const a = one("@tensorflow/tfjs-core");
one("@tensorflow/tfjs-backend-cpu");
const { kernelFunc } = a.getKernel("Add", "cpu");
const b = two("@tensorflow/tfjs-core");
console.log("two modules", a !== b, "one engine", a.engine() === b.engine());
console.log("instanceof", b.tensor1d([1]) instanceof a.Tensor);
console.log("kernel kept before the second backend", a.getKernel("Add", "cpu").kernelFunc === kernelFunc);
two("@tensorflow/tfjs-backend-cpu");
console.log("kernel kept after it", a.getKernel("Add", "cpu").kernelFunc === kernelFunc);
JS
# Seen: true for the first four, false for the last.
diff <(node run.cjs) - <<'OUT'
two modules true one engine true
instanceof true
kernel kept before the second backend true
kernel kept after it false
OUT
echo "as described"
