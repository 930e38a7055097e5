#!/usr/bin/env bash
# Optax 0.2.8: an update of optax.rprop answers the step of the update before (scale_by_rprop returns
# state.prev_updates), at parameters that were not those of its gradient. The first update is zero; a step that has been
# computed is dropped where the next gradient turns. The sizes are those of the paper: 0.1, 0.12, 0.144. PyTorch's Rprop
# moves at once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/python -m pip install --quiet --disable-pip-version-check jax==0.10.2 optax==0.2.8
cat >run.py <<'PY'
import jax.numpy as jnp
import optax

tx = optax.rprop(0.1)
for gradients in [1, 1, 1, 1], [1, 1, -1, -1]:
    state, steps = tx.init(jnp.float32(0)), []
    for gradient in gradients:
        step, state = tx.update(jnp.float32(gradient), state)
        steps.append(f"{float(step) + 0.0:.4g}")
    print(*gradients, "steps", *steps)
PY
# Should be -0.1 -0.12 -0.144 -0.1728, and -0.1 -0.12 0 0.06.
diff <(python/bin/python run.py) - <<'OUT'
1 1 1 1 steps 0 -0.1 -0.12 -0.144
1 1 -1 -1 steps 0 -0.1 0 0
OUT
echo "as described"
