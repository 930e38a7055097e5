"""Figures of Flax for what learns by transformations: gradients per example of a convolution, an attention and a
recurrence, clipped and with noise as in DP-SGD; MAML as lanes of a loop of gradients; ensembles that are trained in lanes
by optimisers; and deep stacks of layers by nnx.scan, with batch norm, dropout and nnx.remat inside.

    python scripts/reference/learners.py packages/jit/test/golden

writes learners.json there. Inputs are scale * sin(1.7 * i + phase) over the flat index i.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from trees import det, enc, flat

OUT = Path(sys.argv[1])


def by_path(tree):
    return {".".join(str(p) for p in path): enc(v[...]) for path, v in nnx.to_flat_state(tree)}


# Gradients per example.


class Conved(nnx.Module):
    def __init__(self, *, rngs):
        self.conv = nnx.Conv(2, 4, (3, 3), rngs=rngs)
        self.norm = nnx.GroupNorm(4, 2, rngs=rngs)
        self.narrow = nnx.Conv(4, 4, (2, 2), strides=(2, 2), feature_group_count=2, rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x):
        y = nnx.max_pool(jax.nn.gelu(self.norm(self.conv(x[None]))), (2, 2), (1, 1))
        return self.head(jnp.tanh(self.narrow(y)).mean((1, 2)))[0]


class Attending(nnx.Module):
    def __init__(self, *, rngs):
        self.norm = nnx.LayerNorm(4, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, 4, decode=False, rngs=rngs)
        self.last = nnx.RMSNorm(4, rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x):
        y = x + self.attention(self.norm(x), mask=nnx.make_causal_mask(jnp.ones((x.shape[0],))))
        return self.head(self.last(y).mean(0))


class Recurrent(nnx.Module):
    def __init__(self, *, rngs):
        self.cell = nnx.LSTMCell(3, 4, rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x):
        step = lambda cell, carry, x: cell(carry, x)
        zeros = jnp.zeros((4,))
        (_, h), ys = nnx.scan(step, in_axes=(None, nnx.Carry, 0), out_axes=(nnx.Carry, 0))(self.cell, (zeros, zeros), x)
        return self.head(h + ys.mean(0))


def private(name, make, x):
    """Three steps: losses, gradients and norms of the first one; what is left afterwards."""
    examples, clip, noise = x.shape[0], 0.4, 0.3
    y = jnp.arange(examples, dtype=jnp.int32) * 2 % 3
    model = make(rngs=nnx.Rngs(3))
    before = flat(model)
    optimizer = nnx.Optimizer(model, optax.sgd(0.3, momentum=0.9), wrt=nnx.Param)
    rngs = nnx.Rngs(noise=7)
    nll = lambda m, x, y: -jax.nn.log_softmax(m(x))[y]
    every = nnx.vmap(nnx.value_and_grad(nll), in_axes=(None, 0, 0), out_axes=0)
    losses, rows = [], None
    for _ in range(3):
        values, grads = every(model, x, y)
        norms = jnp.sqrt(sum((v.reshape(examples, -1) ** 2).sum(1) for v in jax.tree.leaves(grads)))
        rows = rows or (by_path(grads), enc(norms))
        weights = jnp.minimum(1.0, clip / norms) / examples
        mean = jax.tree.map(lambda v: jnp.einsum("b,b...->...", weights, v), grads)
        paths = nnx.to_flat_state(mean)
        noisy = [(path, v.replace(v[...] + noise * clip / examples * jax.random.normal(rngs.noise(), v.shape))) for path, v in paths]
        optimizer.update(model, nnx.from_flat_state(noisy))
        losses.append(values)
    return {"name": name, "input": enc(x), "labels": enc(y), "before": before, "losses": enc(jnp.stack(losses)), "grads": rows[0], "norms": rows[1], "after": flat(model)}


# MAML.


class Regressor(nnx.Module):
    def __init__(self, *, rngs):
        self.lin1 = nnx.Linear(1, 6, rngs=rngs)
        self.lin2 = nnx.Linear(6, 6, rngs=rngs)
        self.lin3 = nnx.Linear(6, 1, rngs=rngs)

    def __call__(self, x):
        return self.lin3(jnp.tanh(self.lin2(jnp.tanh(self.lin1(x)))))


def maml(name, first_order=False, inner_remat=False):
    """The loss on other points after four steps on some, meta-trained; the rate of the steps is learnt, too."""
    model = Regressor(rngs=nnx.Rngs(5))
    before = flat(model)
    graphdef, params = nnx.split(model)
    xs, ys, qx, qy = det((3, 5, 1), 2.0), det((3, 5, 1), 1.5, 0.4), det((3, 4, 1), 2.0, 0.8), det((3, 4, 1), 1.5, 1.2)
    loss = lambda p, x, y: ((nnx.merge(graphdef, p)(x) - y) ** 2).mean()

    def task(p, rate, x, y, qx, qy):
        def step(p, _):
            value, g = jax.value_and_grad(loss)(p, x, y)
            g = jax.tree.map(jax.lax.stop_gradient, g) if first_order else g
            return jax.tree.map(lambda a, b: a - rate * b, p, g), value
        p, values = jax.lax.scan(jax.checkpoint(step) if inner_remat else step, p, None, length=4)
        return loss(p, qx, qy), values

    def meta(p, rate):
        after, values = jax.vmap(task, in_axes=(None, None, 0, 0, 0, 0))(p, rate, xs, ys, qx, qy)
        return after.mean(), (after, values)

    rate, tx = jnp.float32(0.1), optax.adam(0.02)
    state, losses = tx.init((params, rate)), []
    first = None
    for _ in range(3):
        (value, aux), grads = jax.value_and_grad(meta, argnums=(0, 1), has_aux=True)(params, rate)
        first = first or {"after": enc(aux[0]), "values": enc(aux[1]), "grads": by_path(grads[0]), "rate": enc(grads[1])}
        updates, state = tx.update(grads, state)
        params, rate = optax.apply_updates((params, rate), updates)
        losses.append(value)
    nnx.update(model, params)
    return {"name": name, "before": before, "first": first, "losses": enc(jnp.stack(losses)), "after": flat(model), "rate": enc(rate)}


# Ensembles.

N = 3


class Net(nnx.Module):
    def __init__(self, *, rngs, axis_name=None):
        # A bias before a batch norm has no gradient but rounding, which optimisers would blow up.
        self.lin1 = nnx.Linear(4, 6, use_bias=False, rngs=rngs)
        self.norm = nnx.BatchNorm(6, momentum=0.9, axis_name=axis_name, rngs=rngs)
        self.dropout = nnx.Dropout(0.25, rngs=rngs)
        self.lin2 = nnx.Linear(6, 2, rngs=rngs)

    def __call__(self, x):
        return self.lin2(self.dropout(jnp.tanh(self.norm(self.lin1(x)))))


OPTIMISERS = {
    "sgd": optax.sgd(0.1, momentum=0.9, nesterov=True),
    "adam": optax.adam(0.02),
    # The norm is that of each lane.
    "clipped": optax.chain(optax.clip_by_global_norm(0.5), optax.adamw(0.02, weight_decay=0.1)),
    "schedule": optax.adam(optax.exponential_decay(0.05, 2, 0.5)),
}


def ensemble(name, tx, shared=False):
    """Four steps of models with weights, masks and optimisers of their own; `shared` batch statistics are those of all."""
    axes = nnx.StateAxes({nnx.BatchStat: None if shared else 0, ...: 0})
    own = dict(axis_name="lane") if shared else {}
    make = nnx.split_rngs(splits=N)(nnx.vmap(lambda r: Net(rngs=r, **own), in_axes=(0,), out_axes=axes))
    models = make(nnx.Rngs(params=11, dropout=12))
    optimizers = nnx.vmap(lambda m: nnx.Optimizer(m, tx, wrt=nnx.Param), in_axes=(axes,), out_axes=0)(models)
    before = flat(models)

    def step(model, optimizer, x, y):
        value, grads = nnx.value_and_grad(lambda m: ((m(x) - y) ** 2).mean())(model)
        optimizer.update(model, grads)
        return value

    steps = nnx.vmap(step, in_axes=(axes, 0, 0, None), out_axes=0, **own)
    x, y = det((N, 8, 4), 1.3), det((8, 2), 0.9, 0.5)
    losses = [steps(models, optimizers, x, y) for _ in range(4)]
    return {"name": name, "before": before, "losses": enc(jnp.stack(losses)), "after": flat(models), "steps": enc(optimizers.step[...])}


# Stacks.

LAYERS, WIDTH = 5, 4


class Layer(nnx.Module):
    def __init__(self, *, rngs):
        self.linear = nnx.Linear(WIDTH, WIDTH, use_bias=False, rngs=rngs)
        self.norm = nnx.BatchNorm(WIDTH, momentum=0.8, rngs=rngs)
        self.dropout = nnx.Dropout(0.3, rngs=rngs)
        self.out = nnx.Linear(WIDTH, WIDTH, rngs=rngs)

    def __call__(self, x):
        return x + 0.5 * self.out(self.dropout(jnp.tanh(self.norm(self.linear(x)))))


REMAT = {
    "plain": lambda f: f,
    "remat": nnx.remat,
    "dots": lambda f: nnx.remat(f, policy=jax.checkpoint_policies.dots_saveable),
}


def stack(name, remat, carried=False):
    """Gradients of a stack in which layers are computed again, and three steps; `carried` batch statistics go from layer to layer."""
    stats = nnx.StateAxes({nnx.BatchStat: nnx.Carry if carried else 0, ...: 0})
    made = nnx.StateAxes({nnx.BatchStat: None if carried else 0, ...: 0})
    model = nnx.split_rngs(splits=LAYERS)(nnx.vmap(lambda r: Layer(rngs=r), in_axes=(0,), out_axes=made))(nnx.Rngs(params=21, dropout=22))
    before = flat(model)
    run = nnx.scan(remat(lambda x, layer: (layer(x), x.mean())), in_axes=(nnx.Carry, stats), out_axes=(nnx.Carry, 0))
    x, y = det((6, WIDTH), 1.1), det((6, WIDTH), 0.8, 0.9)

    def loss(m, x):
        out, means = run(x, m)
        return ((out - y) ** 2).mean() + (means * det((LAYERS,), 0.3)).sum()

    value, (grads, dx) = nnx.value_and_grad(loss, argnums=(nnx.DiffState(0, nnx.Param), 1))(nnx.clone(model), x)
    optimizer = nnx.Optimizer(model, optax.adamw(0.02), wrt=nnx.Param)
    losses = []
    for _ in range(3):
        each, g = nnx.value_and_grad(loss)(model, x)
        optimizer.update(model, g)
        losses.append(each)
    return {"name": name, "before": before, "value": enc(value), "grads": by_path(grads), "input": enc(dx), "losses": enc(jnp.stack(losses)), "after": flat(model)}


figures = {
    "versions": {"jax": jax.__version__, "flax": __import__("flax").__version__, "optax": optax.__version__},
    "private": [
        private("convolution", Conved, det((4, 5, 5, 2), 1.2)),
        private("attention", Attending, det((4, 3, 4), 1.4)),
        private("recurrence", Recurrent, det((4, 6, 3), 1.1)),
    ],
    "maml": [maml("second order"), maml("first order", first_order=True), maml("computed again", inner_remat=True)],
    "ensembles": [*(ensemble(name, tx) for name, tx in OPTIMISERS.items()), ensemble("shared statistics", OPTIMISERS["adam"], shared=True)],
    "stacks": [
        *(stack(name, remat) for name, remat in REMAT.items()),
        *(stack(f"{name}, carried statistics", REMAT[name], carried=True) for name in ("plain", "remat")),
    ],
}
OUT.mkdir(parents=True, exist_ok=True)
(OUT / "learners.json").write_text(json.dumps(figures, separators=(",", ":")))
