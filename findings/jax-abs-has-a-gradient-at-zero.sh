#!/usr/bin/env bash
# jax 0.10.2 (CPU): the gradient of jnp.abs at 0 is 1, at -0.0 too, not 0 as sign(x) and max(x, -x) have it: an L1 penalty
# moves weights that are exactly 0, masked ones too. That of TensorFlow.js 4.22.0 is -1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .
bin/pip install --quiet --disable-pip-version-check jax==0.10.2
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0
cat >run.py <<'PY'
import jax, jax.numpy as jnp

for x in (0.0, -0.0):
    print(f"abs at {x}", jax.grad(jnp.abs)(x))
print("sign", jnp.sign(0.0))
print("max(x, -x)", jax.grad(lambda x: jnp.maximum(x, -x))(0.0))
PY
cat >run.mjs <<'JS'
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
console.log("tfjs abs", tf.grad(tf.abs)(tf.scalar(0)).dataSync()[0]);
JS
{ JAX_PLATFORMS=cpu bin/python -W ignore run.py && node run.mjs 2>/dev/null | grep '^tfjs'; } | tee out
diff out - <<'OUT'
abs at 0.0 1.0
abs at -0.0 1.0
sign 0.0
max(x, -x) 0.0
tfjs abs -1
OUT
echo "as described"
