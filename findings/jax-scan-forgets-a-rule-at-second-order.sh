#!/usr/bin/env bash
# jax 0.10.2 (CPU): a function with a rule of custom_jvp, such as the surrogate gradient of a spike, within lax.scan: value
# and first gradient are those of the same turns written out one after the other, the gradient of the gradient is not,
# nor is jacfwd of grad; jacfwd of jacfwd is. Written out all ways agree. A rule that is the derivative shows nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv .
bin/pip install --quiet --disable-pip-version-check jax==0.10.2
cat >run.py <<'PY'
import jax, jax.numpy as jnp


@jax.custom_jvp
def spike(v):
    return (v > 0).astype(jnp.float32)


spike.defjvp(lambda values, tangents: (spike(*values), tangents[0] / (1 + values[0] ** 2)))


def turn(c, x):
    return 0.9 * c + x * spike(c - 0.1)


def scanned(x):
    return jax.lax.scan(lambda c, _: (turn(c, x), None), x * 0.5, None, length=3)[0]


def written(x):
    c = x * 0.5
    for _ in range(3):
        c = turn(c, x)
    return c


ways = {
    "value": lambda f: f,
    "grad": jax.grad,
    "grad of grad": lambda f: jax.grad(jax.grad(f)),
    "jacfwd of grad": lambda f: jax.jacfwd(jax.grad(f)),
    "jacfwd of jacfwd": lambda f: jax.jacfwd(jax.jacfwd(f)),
}
for name, way in ways.items():
    print(f"{name}: scan {way(scanned)(jnp.float32(0.7)):.3f}, written out {way(written)(jnp.float32(0.7)):.3f}")
PY
JAX_PLATFORMS=cpu bin/python -W ignore run.py | tee out
diff out - <<'OUT'
value: scan 2.152, written out 2.152
grad: scan 4.649, written out 4.649
grad of grad: scan 0.066, written out 1.938
jacfwd of grad: scan 0.066, written out 1.938
jacfwd of jacfwd: scan 1.938, written out 1.938
OUT
echo "as described"
