"""Figures of JAX for gradients that end: comparisons, roundings, indices and conditions of what has an infinite
derivative, which zero times would be NaN; and where JAX itself gives NaN, as behind `where`.

    python scripts/reference/zero_gradients.py packages/nn/test/golden

writes zero-gradients.json there: of the sum of f(x, y) its gradient, the derivative of f in the direction of ones, and the
gradient of the sum of the gradients.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
from jax import lax

X = jnp.array([0.3, -1.2, 2.6, 4.0, 0.0], jnp.float32)
Y = jnp.array([0.0, 0.25, 4.0, 0.0, 9.0], jnp.float32)


def masked(condition):
    """x where a condition on sqrt(y) holds."""
    return lambda x, y: x * condition(x, jnp.sqrt(y)).astype(jnp.float32)


def times(constant):
    """x times something of sqrt(y)."""
    return lambda x, y: x * constant(jnp.sqrt(y)).astype(jnp.float32)


def in_loop(x, y):
    def step(c, s):
        a, b = s
        r = jnp.sqrt(b)
        c = jnp.where(a < r, c * a, c + a) + jnp.floor(r)
        return c, c * jnp.sign(r)
    last, ys = lax.scan(step, jnp.float32(1), (x, y))
    return last + ys


def in_branch(x, y):
    return lax.cond(jnp.sqrt(y)[0] < 1, lambda x, r: x * jnp.round(r), lambda x, r: x + r, x, jnp.sqrt(y))


def count_in_loop(x, y):
    """What is carried does not change with y."""
    def step(c, s):
        n, total = c
        n = n + (jnp.sqrt(s) > 1).astype(jnp.float32)
        return (n, total + n * x), None
    return lax.scan(step, (jnp.float32(0), x), y)[0][1]


def loss_of_rows(x, y):
    r = jnp.sqrt(y)
    return x[jnp.argsort(-r)[:3]].sum() + x * lax.top_k(r, 2)[1].sum().astype(jnp.float32)


CASES = {
    "less": masked(lambda x, r: jnp.abs(x) < r),
    "less_equal": masked(lambda x, r: x <= r),
    "greater": masked(lambda x, r: r > x),
    "greater_equal": masked(lambda x, r: x >= r),
    "equal": masked(lambda x, r: x == r),
    "not_equal": masked(lambda x, r: x != r),
    "and": masked(lambda x, r: (r < 1) & (x > r)),
    "or": masked(lambda x, r: (r < 1) | (x > r)),
    "xor": masked(lambda x, r: (r < 1) ^ (x > r)),
    "not": masked(lambda x, r: ~(r < 1)),
    "any": times(lambda r: jnp.any(r > 2)),
    "all": times(lambda r: jnp.all(r > 2)),
    "is_nan": times(lambda r: ~jnp.isnan(r)),
    "is_inf": times(lambda r: ~jnp.isinf(1 / r)),
    "is_finite": times(lambda r: jnp.isfinite(1 / r)),
    "sign": times(jnp.sign),
    "floor": times(jnp.floor),
    "ceil": times(jnp.ceil),
    "round": times(jnp.round),
    "argmax": times(jnp.argmax),
    "argmin": times(jnp.argmin),
    "int": times(lambda r: r.astype(jnp.int32)),
    "bool": times(lambda r: r.astype(jnp.bool_)),
    "one_hot": lambda x, y: (x[:, None] * jax.nn.one_hot(jnp.sqrt(y).astype(jnp.int32), 4)).sum(1),
    "zeros_like": times(jnp.zeros_like),
    "ones_like": times(jnp.ones_like),
    "floor_divide": lambda x, y: x * jnp.floor(jnp.sqrt(y) / (jnp.abs(x) + 1)),
    "take": lambda x, y: jnp.take(x, jnp.sqrt(y).astype(jnp.int32)) * x,
    "sort_indices": loss_of_rows,
    "stop_gradient": lambda x, y: x * lax.stop_gradient(jnp.sqrt(y)),
    "stop_inside": lambda x, y: jnp.sqrt(lax.stop_gradient(y)) * x,
    "condition": lambda x, y: jnp.where(jnp.sqrt(y) < 1, x * 3, x * x),
    "condition_of_ends": lambda x, y: jnp.where(jnp.abs(x) < jnp.sqrt(y), x, jnp.sign(jnp.sqrt(y))),
    "rounded_and_not": lambda x, y: x * (jnp.floor(jnp.sqrt(y)) + y),
    "in_loop": in_loop,
    "in_branch": in_branch,
    "count_in_loop": count_in_loop,
    "in_lanes": jax.vmap(lambda x, y: x * jnp.sign(jnp.sqrt(y)) + jnp.where(jnp.sqrt(y) < x, x, x * x)),
    # NaN in JAX, too.
    "mod": lambda x, y: jnp.sqrt(y) % 2 * x,
    "mod_by": lambda x, y: x * (jnp.floor(x) % (jnp.sqrt(y) + 1)),
    "where": lambda x, y: jnp.where(y > 0, jnp.sqrt(y), x),
    "where_reciprocal": lambda x, y: jnp.where(y > 0, x / y, x),
    "where_twice": lambda x, y: jnp.where(y > 0, jnp.sqrt(jnp.where(y > 0, y, 1.0)), x),
    "maximum": lambda x, y: jnp.maximum(jnp.sqrt(y), 1.0) * x,
    "relu": lambda x, y: jax.nn.relu(jnp.sqrt(y) - 1) * x,
    "root_of_relu": lambda x, y: jnp.sqrt(jax.nn.relu(x)) + y,
    "root_of_hard_tanh": lambda x, y: jnp.sqrt(jax.nn.hard_tanh(jnp.abs(x)) - 1) + y,
    "root_of_leaky_relu": lambda x, y: jnp.sqrt(jax.nn.leaky_relu(x)) * y,
    "root_of_clip": lambda x, y: jnp.sqrt(jnp.clip(x, 0, 3)) + y,
    "root_of_abs": lambda x, y: jnp.sqrt(jnp.abs(x)) + y,
    "norm": lambda x, y: jnp.sqrt(jnp.square(x - x).sum()) + y,
    "times_zero": lambda x, y: x + 0.0 * jnp.sqrt(y),
}


# Of two infinities, which in the end is the larger one depends on where they meet.
WITHOUT_SECOND = ["mod", "mod_by", "root_of_leaky_relu"]


def figures(name, f):
    total = lambda x, y: f(x, y).sum()
    grads = jax.grad(total, (0, 1))
    tangent = jax.jvp(f, (X, Y), (jnp.ones_like(X), jnp.ones_like(Y)))[1]
    second = jax.grad(lambda x, y: sum(g.sum() for g in grads(x, y)), (0, 1))
    seconds = [] if name in WITHOUT_SECOND else second(X, Y)
    return {"gradients": [enc(g) for g in grads(X, Y)], "tangent": enc(tangent), "second": [enc(g) for g in seconds]}


def enc(a):
    """As numbers; NaN is null, infinities are strings."""
    number = lambda v: None if v != v else str(v) if abs(v) == float("inf") else float(str(v))
    return {"shape": list(a.shape), "dtype": str(a.dtype), "data": [number(v) for v in jax.device_get(a).ravel()]}


cases = [{"name": name, **figures(name, f)} for name, f in CASES.items()]
path = Path(sys.argv[1]) / "zero-gradients.json"
path.write_text(json.dumps({"versions": {"jax": jax.__version__}, "cases": cases}, separators=(",", ":")))
