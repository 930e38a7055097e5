"""Figures of JAX for derivatives of loops and branches: jvp of functions of two arguments with jacfwd, of first and
second order, and, where gradients pass, gradients, jacrev, hessian and hvp of the sum of squares and the sum.

    python scripts/reference/forward_loops.py packages/nn/test/golden

writes forward-loops.json there. Inputs are scale * sin(1.7 * i + phase) over the flat index i.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
from jax import lax
from trees import det, enc

XS = det((4, 3), 0.7, 0.4)


def recurrent(reverse):
    def f(x, w):
        def step(h, x):
            h = jnp.tanh(h @ w + x)
            return h, h * x
        last, ys = lax.scan(step, x, XS, reverse=reverse)
        return last + ys.sum(0)
    return f


def grown(x, w):
    """As long as the sum is small; how many turns are taken counts."""
    def step(c):
        i, y = c
        return i + 1, jnp.tanh(y @ w) + y * 1.5 + 0.1
    i, y = lax.while_loop(lambda c: jnp.abs(c[1]).sum() < 20.0, step, (jnp.int32(0), x))
    return y * i.astype(jnp.float32)


def while_in_scan(x, w):
    def step(h, s):
        h = lax.while_loop(lambda v: jnp.abs(v).max() < 1.0, lambda v: v * 1.3 + w[0] * 0.1, h * 0.5)
        return h * 0.7 + s, h
    last, ys = lax.scan(step, x, XS)
    return last + ys.mean(0)


def branches_in_scan(x, w):
    def step(h, s):
        h = lax.cond(h.sum() > s.sum(), lambda h: jnp.tanh(h @ w), lambda h: h * h - s, h)
        return h, None
    return lax.scan(step, x, XS)[0]


def scan_in_branch(x, w):
    return lax.cond(x.sum() > 0, lambda x: recurrent(False)(x, w), lambda x: x * 2.0, x)


def while_in_branch(x, w):
    return lax.cond(x.sum() > 0, lambda x: grown(x, w), lambda x: x * 2.0, x)


def counted(x, w):
    n = jnp.argmax(w[0]).astype(jnp.int32) + 3
    return lax.fori_loop(jnp.int32(1), n, lambda i, y: jnp.sin(y @ w) + y / i.astype(jnp.float32), x)


def powers(x, w):
    return lax.fori_loop(0, 4, lambda i, y: jnp.tanh(y @ w) * (1.0 + 0.2 * i) + y * 0.5, x)


def nested(x, w):
    """A loop in each turn, computed again in the second."""
    def inner(c, s):
        return jnp.sin(c @ w + s), c.sum()
    def step(h, s):
        h, sums = lax.scan(inner, h + s, jnp.stack([s, s * 0.5]))
        return h, sums
    h, first = lax.scan(step, x, XS, unroll=2)
    h, second = lax.scan(jax.checkpoint(step), h, XS, reverse=True)
    return h + first.sum() + second[:, 1].mean()


def lanes(x, w):
    """Lanes of a loop with branches, each with a start of its own; then a loop of lanes."""
    def of_lane(start, s):
        turn = lambda h, row: (lax.cond(h.sum() > row.sum(), lambda h: jnp.tanh(h @ w) + row, lambda h: h * h - row * s, h), h)
        return lax.scan(turn, start, XS)
    last, ys = jax.vmap(of_lane)(jnp.outer(jnp.asarray([1.0, -0.5, 0.3]), x), x)
    rows = lax.scan(lambda c, s: (jax.vmap(lambda r: jnp.tanh(r @ w + s))(c), None), last, XS)[0]
    return rows.sum(0) + ys.mean((0, 1))


def switched(x, w):
    def turn(c, s):
        h, n = c
        h = lax.switch(n % 3, [lambda h: jnp.sin(h @ w), lambda h: h * s, lambda h: jnp.cumsum(h) * 0.5], h)
        return (h + 0.1 * x, n + 1), h
    (h, n), ys = lax.scan(turn, (x, jnp.int32(1)), XS)
    return h * n.astype(jnp.float32) + ys[2]


CASES = {
    "recurrent": (recurrent(False), True),
    "reversed": (recurrent(True), True),
    "grown": (grown, False),
    "while_in_scan": (while_in_scan, False),
    "branches_in_scan": (branches_in_scan, True),
    "scan_in_branch": (scan_in_branch, True),
    "while_in_branch": (while_in_branch, False),
    "counted": (counted, False),
    "powers": (powers, True),
    "nested": (nested, True),
    "lanes": (lanes, True),
    "switched": (switched, True),
}

rows = []
for name, (f, has_gradient) in CASES.items():
    x, w = det((3,), 0.8, 0.2), det((3, 3), 0.6, 0.9)
    dx, dw = det((3,), 1.0, 2.0), det((3, 3), 1.0, 3.0)
    y, dy = jax.jvp(f, (x, w), (dx, dw))
    row = {"name": name, "out": enc(y), "tangent": enc(dy), "jacobian": enc(jax.jacfwd(f)(x, w))}
    row["second"] = enc(jax.jacfwd(jax.jacfwd(f))(x, w))
    if has_gradient:
        squares = lambda x, w: (f(x, w) ** 2).sum()
        row["jacrev"] = [enc(a) for a in jax.jacrev(f, argnums=(0, 1))(x, w)]
        row["hessian"] = [[enc(a) for a in rows] for rows in jax.hessian(squares, argnums=(0, 1))(x, w)]
        g = jax.grad(lambda x, w: f(x, w).sum(), argnums=(0, 1))
        row["hvp"] = [enc(a) for a in jax.jvp(g, (x, w), (dx, dw))[1]]
    rows.append(row)

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
(out / "forward-loops.json").write_text(json.dumps({"versions": {"jax": jax.__version__}, "cases": rows}, separators=(",", ":")))
