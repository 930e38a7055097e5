#!/usr/bin/env bash
# Optax 0.2.8: optax.adadelta() takes its learning rate for optional, and without one it climbs. What turns the direction
# round is scale_by_learning_rate, which is the identity for None. optax.adadelta(1.0) is what the paper describes and
# what the formula of the docstring says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/python -m pip install --quiet --disable-pip-version-check jax==0.10.2 optax==0.2.8
cat >run.py <<'PY'
import jax
import jax.numpy as jnp
import optax

def losses(tx):
    x, seen = jnp.float32(1), []
    state = tx.init(x)
    for _ in range(4):
        loss, slope = jax.value_and_grad(jnp.square)(x)
        seen.append(f"{loss:.4f}")
        step, state = tx.update(slope, state, x)
        x = optax.apply_updates(x, step)
    return " ".join(seen)

print("adadelta()   ", losses(optax.adadelta()))
print("adadelta(1.0)", losses(optax.adadelta(1.0)))
PY
# The two lines should be equal.
diff <(python/bin/python run.py) - <<'OUT'
adadelta()    1.0000 1.0063 1.0129 1.0195
adadelta(1.0) 1.0000 0.9937 0.9872 0.9807
OUT
echo "as described"
