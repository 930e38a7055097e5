#!/usr/bin/env bash
# TensorFlow.js 4.22.0: of all comparisons only greaterEqual has a gradient. A loss that takes another one of something
# that depends on the input is an error, even as the condition of tf.where, which needs no gradient of it; tf.stopGradient
# does not exist. greaterEqual, floor, ceil, round, sign, isNaN and argMax have zeros, which do not end the tape: they go on
# upstream, and multiplied by an infinite derivative there (of sqrt at 0) they make the whole gradient NaN. JAX and PyTorch
# end gradients at all of these.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0
cat >run.mjs <<'JS'
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
const gradient = (f, at) => {
  try {
    return tf.grad((x) => tf.sum(f(x)))(tf.tensor1d([at])).dataSync()[0];
  } catch (error) {
    return error.message.split(": ")[1];
  }
};
const kinds = {
  less: (s) => tf.less(s, 1),
  equal: (s) => tf.equal(s, 1),
  greater: (s) => tf.greater(s, 1),
  greaterEqual: (s) => tf.greaterEqual(s, 1),
  floor: tf.floor,
  sign: tf.sign,
  argMax: (s) => tf.argMax(s),
};
for (const [name, of] of Object.entries(kinds)) {
  const masked = (x) => tf.mul(tf.add(tf.cast(of(tf.sqrt(x)), "float32"), 1), x);
  console.log(`${name}: at 4 ${gradient(masked, 4)}, at 0 ${gradient(masked, 0)}`);
}
console.log(`where: ${gradient((x) => tf.where(tf.less(x, 5), x, tf.zerosLike(x)), 4)}`);
console.log(`stopGradient: ${typeof tf.stopGradient}`);
JS
node run.mjs 2>/dev/null | grep -E '^[a-zA-Z]+: ' | tee out
diff out - <<'OUT'
less: at 4 gradient function not found for Less., at 0 gradient function not found for Less.
equal: at 4 gradient function not found for Equal., at 0 gradient function not found for Equal.
greater: at 4 gradient function not found for Greater., at 0 gradient function not found for Greater.
greaterEqual: at 4 2, at 0 NaN
floor: at 4 3, at 0 NaN
sign: at 4 2, at 0 NaN
argMax: at 4 1, at 0 NaN
where: gradient function not found for Less.
stopGradient: undefined
OUT
echo "as described"
