"""Figures of custom rules in loops, branches and lanes that close over what is around them. To JAX that is an argument
without a gradient of its own: its rules must not close over what is traced.

    python scripts/reference/closures.py packages/nn/test/golden

writes closures.json there. Loops are written out: derivatives of the second order of a custom_jvp within jax.lax.scan
differ from those of the same turns one by one (JAX 0.10.2). Inputs are scale * sin(1.7 * i + phase) over the flat index.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
from trees import det, enc


def loss(y):
    return (y * det(y.shape, 1.0, 1.1)).sum()


def sums(c, ys):
    return loss(c**2) + loss(ys**2)


def loop(turn, carry, xs):
    ys = []
    for x in xs:
        carry, y = turn(carry, x)
        ys.append(y)
    return carry, jnp.stack(ys)


@jax.custom_vjp
def bent(x, w):
    return jnp.tanh(x) * w


bent.defvjp(
    lambda x, w: (jnp.tanh(x) * w, (jnp.tanh(x), w)),
    lambda kept, g: (jnp.sin(g) * kept[1] * (1 - kept[0] ** 2), jnp.zeros_like(kept[1])),
)


@jax.custom_jvp
def leant(x, w):
    return jnp.tanh(x) * w


leant.defjvp(lambda p, t: (leant(*p), t[0] * jnp.cos(p[0]) * p[1]))


@jax.custom_vjp
def halved(x):
    return jnp.tanh(x)


@jax.custom_vjp
def outer(x, w):
    return jnp.tanh(x) * w


halved.defvjp(lambda x: (jnp.tanh(x), jnp.tanh(x)), lambda y, g: (g * (1 - y**2) * 0.5,))
outer.defvjp(
    lambda x, w: (halved(x) * w, (x, w)),
    lambda kept, g: (g * halved(kept[0] * kept[1]) + jnp.sin(g), jnp.zeros_like(kept[1])),
)

W = det((3,), 0.8, 0.6)


def pick(c, x):
    return jnp.where(x.sum() > 0.1, bent(c, x), jnp.sin(c) * x)


def inner(c, x):
    for k in (0.5, 1.5):
        c = bent(c * k, x * c)
    return c


def lanes(x):
    found = [loop(lambda c, x: (bent(c + x, x), leant(c, x)), y[0], y) for y in (x[:, :2], x[:, 1:])]
    return jnp.stack([c for c, _ in found]), jnp.stack([ys for _, ys in found])


def over(turn):
    return lambda x: sums(*loop(turn, W, x))


CASES = {
    "constant": over(lambda c, x: (bent(c + x, W), c * x)),
    "turn": over(lambda c, x: (bent(c + x, x), bent(x, c) * c)),
    "leaning": over(lambda c, x: (leant(c + x, x), leant(x, c) * c + leant(c, W))),
    "branches": over(lambda c, x: (pick(c, x) + c * 0.5, pick(x, c))),
    "nested": over(lambda c, x: (inner(c, x), inner(x, W) * c)),
    "remat": over(lambda c, x: (bent(c, x), leant(x, c))),
    "lanes": lambda x: sums(*lanes(x)),
    "lanesInside": over(lambda c, x: (bent(c, x) + leant(x, c), c)),
    "rulesInRules": over(lambda c, x: (outer(c + x, x), outer(x, c) * c)),
}

x = det((4, 3), 0.9, 0.3)
rows = []
for name, f in CASES.items():
    first = jax.grad(f)
    second = jax.grad(lambda x: (first(x) ** 2).sum())
    third = jax.grad(lambda x: (second(x) ** 2).sum())
    found = [enc(g(x)) for g in (f, first, second, third)]
    rows.append({"name": name, "value": found[0], "gradients": found[1:], "hvp": []})

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
(out / "closures.json").write_text(json.dumps({"versions": {"jax": jax.__version__}, "cases": rows}, separators=(",", ":")))
