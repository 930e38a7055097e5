"""Figures of JAX for gradients of loops with infinite inputs: random bodies, and all gradients of a sum of what they give.

    python scripts/reference/infinite_loops.py packages/jit/test/golden

writes infinite-loops.json there. A body takes a carry c, a slice x and constants w (3 numbers each) and W (3 by 3); each
operation adds a value made of earlier ones, which it names by their numbers.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

UNARY = ["neg", "abs", "square", "sqrt", "exp", "tanh", "relu", "sign", "floor", "log", "sigmoid"]
BINARY = ["add", "sub", "mul", "mul", "mul", "div", "max", "min", "where"]
OTHERS = ["sum", "mean", "amax", "matvec", "matvec", "scale"]
PROGRAMS = 30


def operations(w, W):
    spread = lambda v: jnp.broadcast_to(v, (3,))
    return {
        "neg": lambda a, b, d: -a, "abs": lambda a, b, d: jnp.abs(a), "square": lambda a, b, d: jnp.square(a),
        "sqrt": lambda a, b, d: jnp.sqrt(a), "exp": lambda a, b, d: jnp.exp(a), "tanh": lambda a, b, d: jnp.tanh(a),
        "relu": lambda a, b, d: jax.nn.relu(a), "sign": lambda a, b, d: jnp.sign(a), "floor": lambda a, b, d: jnp.floor(a),
        "log": lambda a, b, d: jnp.log(a), "sigmoid": lambda a, b, d: jax.nn.sigmoid(a),
        "add": lambda a, b, d: a + b, "sub": lambda a, b, d: a - b, "mul": lambda a, b, d: a * b,
        "div": lambda a, b, d: a / b, "max": lambda a, b, d: jnp.maximum(a, b), "min": lambda a, b, d: jnp.minimum(a, b),
        "where": lambda a, b, d: jnp.where(a < b, b, d), "sum": lambda a, b, d: spread(a.sum()),
        "mean": lambda a, b, d: spread(a.mean()), "amax": lambda a, b, d: spread(a.max()),
        "matvec": lambda a, b, d: a @ W, "scale": lambda a, b, d: a * w,
    }


def loss_of(program):
    def loss(c, xs, w, W):
        def step(c, x):
            values = [c, x, w]
            for name, *places in program["ops"]:
                values.append(operations(w, W)[name](*(values[i] for i in places)))
            return values[program["carry"]], values[-1]
        last, ys = lax.scan(step, c, xs, reverse=program["reverse"])
        ends = (last * jnp.array([1.0, 2.0, -1.0], jnp.float32)).sum() * program["last"]
        return ends + (ys * jnp.arange(1, 13, dtype=jnp.float32).reshape(4, 3)).sum()
    return loss


def enc(a):
    return [None if v != v else str(v) if abs(v) == float("inf") else float(str(v)) for v in np.asarray(a).ravel()]


rng = np.random.default_rng(1)


def numbers(n, p):
    base, infinite = rng.choice([0.0, 1.0, -2.0, 0.5, -0.3, 3.0], n), rng.choice([np.inf, -np.inf], n)
    return np.where(rng.random(n) < p, infinite, base).astype(np.float32)


def program():
    ops = []
    for made in range(rng.integers(2, 7)):
        kind, size = rng.random(), 3 + made
        name = str(rng.choice(UNARY if kind < 0.3 else BINARY if kind < 0.75 else OTHERS))
        place = lambda: int(rng.integers(max(0, size - 3), size)) if rng.random() < 0.6 else int(rng.integers(0, size))
        ops.append([name, place(), place(), place()])
    carry = int(rng.integers(3, 3 + len(ops)))
    return {"ops": ops, "carry": carry, "reverse": bool(rng.random() < 0.3), "last": float(rng.integers(0, 2))}


cases = []
for _ in range(PROGRAMS):
    made = program()
    p = rng.choice([0.05, 0.2])
    args = [numbers(3, p), numbers(12, p).reshape(4, 3), numbers(3, p), numbers(9, p).reshape(3, 3)]
    gradients = jax.grad(loss_of(made), (0, 1, 2, 3))(*map(jnp.asarray, args))
    cases.append({**made, "args": [enc(a) for a in args], "gradients": [enc(g) for g in gradients]})

path = Path(sys.argv[1])
path.mkdir(parents=True, exist_ok=True)
text = json.dumps({"versions": {"jax": jax.__version__}, "cases": cases}, separators=(",", ":"))
(path / "infinite-loops.json").write_text(text)
