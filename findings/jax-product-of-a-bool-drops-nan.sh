#!/usr/bin/env bash
# jax 0.10.2 (CPU): x * p.astype(float32) with p = False is 0 where x is NaN or infinite, eager and under jit: XLA makes a
# selection of the product, as the operand comes from a boolean. The same product by a float that is 0 at run time is
# NaN. A mask that is multiplied hides what a reference by NumPy or PyTorch shows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .
bin/pip install --quiet --disable-pip-version-check jax==0.10.2 numpy==2.4.6
cat >run.py <<'PY'
import jax, jax.numpy as jnp
import numpy as np

x = jnp.array([np.nan, np.inf, 2.0], jnp.float32)
p = jnp.array([False, False, True])
print("by a boolean, jit", jax.jit(lambda x, p: x * p.astype(jnp.float32))(x, p).tolist())
print("by a boolean, eager", (x * p).tolist())
print("by floats, jit", jax.jit(lambda x, y: x * y)(x, p.astype(jnp.float32)).tolist())
print("numpy", (np.asarray(x) * np.asarray(p)).tolist())
PY
JAX_PLATFORMS=cpu bin/python -W ignore run.py | tee out
diff out - <<'OUT'
by a boolean, jit [0.0, 0.0, 2.0]
by a boolean, eager [0.0, 0.0, 2.0]
by floats, jit [nan, nan, 2.0]
numpy [nan, nan, 2.0]
OUT
echo "as described"
