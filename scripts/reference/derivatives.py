"""Figures of derivatives from JAX and Flax, beyond those of transforms.json: Hessians of small networks, linearised
functions, third derivatives, custom rules and their second derivatives, and nnx.remat and nnx.vjp of layers with
statistics and dropout.

    python scripts/reference/derivatives.py packages/nn/test/golden

writes derivatives.json there. Inputs are scale * sin(1.7 * i + phase) over the flat index i; parameters are given.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
from flax import nnx
from trees import det, enc, flat


def loss(y):
    return (y * det(y.shape, 1.0, 1.1)).sum()


# Functions of a tensor whose kernels differ: products, convolution, pooling, softmax, reductions, gathers.
FUNCTIONS = {
    "softmax": ((3, 4), lambda x: jax.nn.softmax(x * 2.0)),
    "log_softmax": ((3, 4), jax.nn.log_softmax),
    "gelu": ((5,), lambda x: jax.nn.gelu(x, approximate=True)),
    "norm": ((2, 5), lambda x: (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5)),
    "outer": ((3,), lambda x: jnp.outer(jnp.tanh(x), jnp.exp(x * 0.3))),
    "cumulative": ((4,), lambda x: jnp.cumprod(x + 2.0) + jnp.cumsum(x * x)),
    "largest": ((6,), lambda x: jax.lax.top_k(x * x, 3)[0]),
    "taken": ((4, 2), lambda x: (x * x)[jnp.asarray([2, 0, 2])]),
    "attention": ((3, 2), lambda x: jax.nn.softmax(x @ x.T) @ x),
    "convolution": ((1, 4, 4, 1), lambda x: jax.lax.conv_general_dilated(jnp.tanh(x), det((3, 3, 1, 2)), (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))),
    "pooled": ((1, 4, 4, 1), lambda x: nnx.max_pool(x * x, (2, 2), strides=(2, 2)) + nnx.avg_pool(jnp.tanh(x), (2, 2), strides=(2, 2))),
    "powers": ((4,), lambda x: (x + 2.0) ** (x + 1.5)),
    "distance": ((2, 3), lambda x: jnp.sqrt(((x[0] - x[1]) ** 2).sum() + 1.0)),
}


def of_functions():
    rows = []
    for name, (shape, f) in FUNCTIONS.items():
        x, t, u = det(shape, 0.9, 0.2), det(shape, 0.7, 0.5), det(shape, 0.4, 1.3)
        scalar = lambda x, f=f: loss(jnp.atleast_1d(f(x)) ** 2)
        y, lin = jax.linearize(f, x)
        hvp = lambda x: jax.jvp(jax.grad(scalar), (x,), (t,))[1]
        rows.append({
            "name": name, "shape": list(shape), "out": enc(y), "tangent": enc(lin(t)), "jacobian": enc(jax.jacrev(f)(x)),
            "hessian": enc(jax.hessian(scalar)(x)), "hvp": enc(hvp(x)), "third": enc(jax.jvp(hvp, (x,), (u,))[1]),
            "gradient_of_tangent": enc(jax.grad(lambda x: loss(jnp.atleast_1d(jax.jvp(f, (x,), (t,))[1])))(x)),
        })
    return rows


def of_custom_rules():
    @jax.custom_jvp
    def sp(x):
        return jnp.log1p(jnp.exp(x))

    sp.defjvp(lambda p, t: (sp(p[0]), t[0] * jax.nn.sigmoid(p[0]) * 3.0))

    @jax.custom_vjp
    def clip(x, w):
        return jnp.tanh(x) * w

    clip.defvjp(lambda x, w: (jnp.tanh(x) * w, (jnp.tanh(x), w)), lambda res, g: (jnp.clip(g, -0.5, 0.5) * res[1] * (1 - res[0] ** 2), (g * res[0]).reshape(-1, 3).sum(0)))
    x, w = det((4, 3), 1.2, 0.1), det((3,), 0.8, 0.6)
    f = lambda x: loss(sp(x) ** 2)
    g = lambda x, w: loss(clip(x, w) ** 2)
    h = lambda x: loss(jax.vmap(lambda x: clip(x, w))(x))
    body = lambda c, x: (c + clip(x, c), sp(x).sum())
    s = lambda x: (lambda c, ys: loss(c) + loss(ys))(*jax.lax.scan(body, w, x))
    return {
        "jvp_gradient": enc(jax.grad(f)(x)), "jvp_hvp": enc(jax.jvp(jax.grad(f), (x,), (det((4, 3), 0.3),))[1]),
        "vjp_gradients": [enc(v) for v in jax.grad(g, argnums=(0, 1))(x, w)],
        "vjp_hvp": enc(jax.jvp(lambda x: jax.grad(g)(x, w), (x,), (det((4, 3), 0.3),))[1]),
        "vjp_vmap": enc(jax.grad(h)(x)), "scan": enc(jax.grad(s)(x)),
    }


def of_rules_inside():
    """A rule that is not the derivative, inside of loops, branches and lanes."""

    @jax.custom_vjp
    def bent(x, w):
        return jnp.tanh(x) * w

    bent.defvjp(lambda x, w: (jnp.tanh(x) * w, (jnp.tanh(x), w)), lambda res, g: (jnp.sin(g) * res[1] * (1 - res[0] ** 2), g * jnp.cos(res[0])))

    @jax.custom_vjp
    def outer(x):
        return jnp.tanh(x) * x

    @jax.custom_vjp
    def halved(x):
        return jnp.tanh(x)

    w = det((3,), 0.8, 0.6)
    halved.defvjp(lambda x: (jnp.tanh(x), jnp.tanh(x)), lambda y, g: (g * (1 - y**2) * 0.5,))
    outer.defvjp(lambda x: (halved(x) * x, x), lambda x, g: (g * halved(x * 0.7) + jnp.sin(g),))
    turn = lambda c, x: (bent(c + x, w), bent(x, c) * c)
    sums = lambda c, ys: loss(c**2) + loss(ys**2)
    pick = lambda c, x: jax.lax.cond(x.sum() > 0.1, lambda c: bent(c, x), lambda c: jnp.sin(c) * x, c)
    inner = lambda c, x: jax.lax.scan(lambda c, k: (bent(c * k, x), c), c, jnp.asarray([0.5, 1.5]))[0]
    cases = {
        "scan": lambda x: sums(*jax.lax.scan(turn, w, x)),
        "reverse": lambda x: sums(*jax.lax.scan(turn, w, x, reverse=True, unroll=2)),
        "foriLoop": lambda x: loss(jax.lax.fori_loop(0, 3, lambda i, c: bent(c + i * 0.1, c), x[0]) ** 2),
        "cond": lambda x: loss(pick(x[0], x[1]) ** 2) + loss(pick(x[1], x[0]) ** 2),
        "condInScan": lambda x: sums(*jax.lax.scan(lambda c, x: (pick(c, x) + c * 0.5, pick(x, c)), w, x)),
        "scanInCond": lambda x: loss(jax.lax.cond(x.sum() > 0.1, lambda x: jax.lax.scan(turn, w, x)[0], lambda x: x[0] * x[1], x) ** 2),
        "nested": lambda x: sums(*jax.lax.scan(lambda c, x: (inner(c, x), inner(x, w) * c), w, x)),
        "lanesOfScan": lambda x: loss(jax.vmap(lambda x: jax.lax.scan(lambda c, x: (bent(c + x, x), c * x), x[0], x)[0])(jnp.stack([x[:, :2], x[:, 1:]])) ** 2),
        "scanOfLanes": lambda x: loss(jax.lax.scan(lambda c, x: (jax.vmap(bent)(c + x, c), None), w, x)[0] ** 2),
        "rulesInRules": lambda x: sums(*jax.lax.scan(lambda c, x: (outer(c + x), outer(x) * c), w, x)),
        "remat": lambda x: loss(jax.checkpoint(lambda x: bent(bent(x, x) + x, x))(x) ** 2),
        "rematInScan": lambda x: sums(*jax.lax.scan(jax.checkpoint(turn), w, x)),
        "rematOfScan": lambda x: loss(jax.checkpoint(lambda x: jax.lax.scan(turn, w, x)[0])(x) ** 2),
        "lanesOfRemat": lambda x: loss(jax.vmap(jax.checkpoint(lambda x: bent(bent(x, w) + x, x)))(x) ** 2),
    }
    x = det((4, 3), 0.9, 0.3)
    rows = []
    for name, f in cases.items():
        first = jax.grad(f)
        second = jax.grad(lambda x: (first(x) ** 2).sum())
        third = jax.grad(lambda x: (second(x) ** 2).sum())
        forward = lambda x: jax.jvp(first, (x,), (det((4, 3), 0.3),))[1]
        # Forward mode comes to the rule within a rule, which has none.
        is_nested = name == "rulesInRules"
        every = (f, first, second) if is_nested else (f, first, second, third, forward)
        found = list(map(enc, jax.jit(lambda x: [g(x) for g in every])(x)))
        rows.append({"name": name, "value": found[0], "gradients": found[1:3] if is_nested else found[1:4], "hvp": found[4:]})
    return rows


class Block(nnx.Module):
    def __init__(self, d, rate, *, rngs):
        self.linear = nnx.Linear(d, d, rngs=rngs)
        self.bn = nnx.BatchNorm(d, momentum=0.9, rngs=rngs)
        self.dropout = nnx.Dropout(rate, rngs=rngs)

    def __call__(self, x):
        return x + jnp.tanh(self.dropout(self.bn(self.linear(x))))


def of_layers():
    x = det((6, 4), 1.5)
    rows = []
    for name, policy in {"nothing": None, "everything": jax.checkpoint_policies.everything_saveable, "dots": jax.checkpoint_policies.dots_with_no_batch_dims_saveable}.items():
        m = Block(4, 0.3, rngs=nnx.Rngs(21))
        before = flat(m)
        f = nnx.remat(lambda m, x: m(x), policy=policy)
        value, (gm, gx) = nnx.value_and_grad(lambda m, x: loss(m(f(m, f(m, x)))), argnums=(nnx.DiffState(0, nnx.Param), 1))(m, x)
        rows.append({"name": name, "before": before, "after": flat(m), "loss": enc(value), "grads": flat(gm), "input": enc(gx)})
    # Evaluation: what comes out depends on the statistics, and nnx.vjp gives their gradients, too.
    m = Block(4, 0.3, rngs=nnx.Rngs(22))
    m.bn.mean[...], m.bn.var[...] = det((4,), 0.2), 1.0 + det((4,), 0.2) ** 2
    m.bn.use_running_average = True
    m.dropout.deterministic = True
    y, back = nnx.vjp(lambda m, x: m(x), m, x, graph_updates=False)
    gm, gx = back(det(y.shape, 1.0, 1.1))
    grads = {".".join(str(k.key if hasattr(k, "key") else k.name) for k in path): v for path, v in jax.tree_util.tree_flatten_with_path(gm)[0] if v.dtype != jax.dtypes.float0}
    grads = {k.removesuffix(".value"): enc(v) for k, v in grads.items()}
    return {"remat": rows, "evaluated": {"before": flat(m), "out": enc(y), "grads": grads, "input": enc(gx)}}


out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
figures = {"versions": {"jax": jax.__version__, "flax": __import__("flax").__version__}, "functions": of_functions(), "custom": of_custom_rules(), "inside": of_rules_inside(), "layers": of_layers()}
(out / "derivatives.json").write_text(json.dumps(figures, separators=(",", ":")))
