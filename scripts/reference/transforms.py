"""Figures of transformations of Modules from JAX and Flax, beyond those of transforms.json and derivatives.json: nnx.scan
with carried statistics and random streams, nnx.vmap with split_rngs and StateAxes, nnx.remat, nnx.cond, nnx.switch,
nnx.while_loop and nnx.fori_loop over Modules that write Variables, these within each other, and gradients of gradients by rules of one's own.

    python scripts/reference/transforms.py packages/nn/test/golden

writes transforms.json there. Inputs are scale * sin(1.7 * i + phase) over the flat index i; gradients are those of
sum over outputs j of sum(output * sin(1.7 * i + 1.1 + j)).
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
from flax import nnx
from trees import det, enc, flat

D, N, B, RATE = 3, 3, 4, 0.4


def loss(out):
    """Of float leaves only; j counts all."""
    leaves = enumerate(jax.tree.leaves(out))
    return sum((y * det(y.shape, 1.0, 1.1 + j)).sum() for j, y in leaves if jnp.issubdtype(y.dtype, jnp.floating))


CASES = []


def case(name, call, module, inputs, grads=True):
    """What call(module, *inputs) gives and leaves, and the gradients of its loss on another copy."""
    before = flat(module)
    m = nnx.clone(module)
    out = jax.tree.leaves(call(m, *inputs))
    after = flat(m)
    row = {
        "name": name, "inputs": [enc(x) for x in inputs], "state_before": before, "outputs": [enc(y) for y in out],
        "state_changed": {k: v for k, v in after.items() if before.get(k) != v},
    }
    if grads:
        floats = [i for i, x in enumerate(inputs) if jnp.issubdtype(x.dtype, jnp.floating)]
        f = nnx.grad(lambda m, *xs: loss(call(m, *xs)), argnums=(nnx.DiffState(0, nnx.Param), *[1 + i for i in floats]))
        g = f(nnx.clone(module), *inputs)
        row["param_grads"] = {".".join(str(p) for p in path): enc(v[...]) for path, v in nnx.to_flat_state(g[0])}
        row["input_grads"] = [{"arg": i, "grad": enc(v)} for i, v in zip(floats, g[1:])]
    CASES.append(row)


class Block(nnx.Module):
    def __init__(self, d=D, rate=RATE, *, rngs, axis_name=None):
        self.linear = nnx.Linear(d, d, rngs=rngs)
        self.bn = nnx.BatchNorm(d, momentum=0.9, axis_name=axis_name, rngs=rngs)
        self.dropout = nnx.Dropout(rate, rngs=rngs)

    def __call__(self, x):
        return x + jnp.tanh(self.dropout(self.bn(self.linear(x))))


class Counter(nnx.Variable):
    pass


class Counted(nnx.Module):
    """A Linear that counts its calls, and a Dropout with its own stream."""

    def __init__(self, *, rngs):
        self.linear = nnx.Linear(D, D, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.calls = Counter(jnp.zeros((), jnp.int32))
        self.total = nnx.BatchStat(jnp.zeros((D,)))

    def __call__(self, x):
        self.calls[...] += 1
        y = jnp.tanh(self.linear(x))
        self.total[...] += y.sum(0)
        return y


class Conved(nnx.Module):
    """A convolution, group norm, and a product."""

    def __init__(self, *, rngs):
        self.conv = nnx.Conv(1, 4, (3, 3), rngs=rngs)
        self.norm = nnx.GroupNorm(4, 2, rngs=rngs)
        self.out = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x):
        return self.out(nnx.max_pool(jax.nn.gelu(self.norm(self.conv(x))), (2, 2), (2, 2)).mean((-3, -2)))


class Attending(nnx.Module):
    def __init__(self, *, rngs):
        self.norm = nnx.LayerNorm(4, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, 4, decode=False, rngs=rngs)

    def __call__(self, x):
        return x + self.attention(self.norm(x))


class Deep(nnx.Module):
    """N blocks as one: its constructor in lanes, its call a loop over them."""

    @nnx.split_rngs(splits=N)
    @nnx.vmap(in_axes=(0, 0), out_axes=0)
    def __init__(self, rngs):
        self.block = Block(rngs=rngs)

    @nnx.scan(in_axes=(0, nnx.Carry), out_axes=nnx.Carry)
    def __call__(self, x):
        return self.block(x)


def stacked(seed, make=lambda r: Block(rngs=r), splits=N, axes=0, **kw):
    rngs = nnx.Rngs(seed)
    return nnx.split_rngs(splits=splits, **kw)(nnx.vmap(make, in_axes=(0,), out_axes=axes))(rngs)


def turn(x, block):
    y = block(x)
    return y, y.mean(0)


def scans():
    x = det((B, D), 1.5)
    scan = lambda axes, **kw: lambda m, x: nnx.scan(turn, in_axes=(nnx.Carry, axes), out_axes=(nnx.Carry, 0), **kw)(x, m)
    stats = nnx.StateAxes({nnx.Param: 0, nnx.BatchStat: nnx.Carry, nnx.RngState: 0})
    streams = nnx.StateAxes({nnx.Param: 0, nnx.BatchStat: 0, nnx.RngState: nnx.Carry})
    both = nnx.StateAxes({nnx.Param: 0, nnx.BatchStat: None, nnx.RngState: 0})
    make = lambda seed, axes: stacked(seed, axes=nnx.StateAxes(axes))
    case("scan.carried_statistics", scan(stats), make(1, {nnx.BatchStat: None, ...: 0}), [x])
    case("scan.carried_statistics.reverse", scan(stats, reverse=True), make(2, {nnx.BatchStat: None, ...: 0}), [x])
    # The stream of one lane, which is what all share.
    m = stacked(3)
    m.dropout.rngs = nnx.Rngs(dropout=33).dropout.fork()
    case("scan.carried_stream", scan(streams), m, [x])
    m = make(4, {nnx.BatchStat: None, ...: 0})
    m.bn.use_running_average = True
    m.bn.mean[...] = det((D,), 0.3)
    case("scan.broadcast_statistics", scan(both), m, [x])
    case("scan.decorated", lambda m, x: m(x), Deep(nnx.Rngs(5)), [x])
    case("scan.decorated.twice", lambda m, x: m(m(x)), Deep(nnx.Rngs(params=6, dropout=7)), [x])
    # Over time: one Module, written in each turn, with a stream of its own.
    xs = det((5, B, D), 1.2)
    over = lambda m, xs: nnx.scan(lambda c, x: ((c[0], jnp.tanh(c[1] + c[0](x))), c[1].sum(0)), in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0))((m, xs[0] * 0.5), xs)
    case("scan.module_carried", lambda m, xs: (lambda o: (o[0][1], o[1]))(over(m, xs)), Block(rngs=nnx.Rngs(8)), [xs])
    split = nnx.StateAxes({nnx.RngState: 0, nnx.BatchStat: nnx.Carry, ...: None})
    per = lambda m, xs: nnx.split_rngs(splits=5)(nnx.scan(lambda m, c, x: (jnp.tanh(c + m(x)), c.sum(0)), in_axes=(split, nnx.Carry, 0), out_axes=(nnx.Carry, 0)))(m, xs[0] * 0.5, xs)
    case("scan.split_per_turn", per, Block(rngs=nnx.Rngs(9)), [xs])
    # Layers within time: the stack runs in each turn.
    axes = nnx.StateAxes({nnx.Param: 0, (nnx.BatchStat, nnx.RngState): 0})
    inner = lambda m, x: nnx.scan(lambda x, b: b(x), in_axes=(nnx.Carry, axes), out_axes=nnx.Carry)(x, m)
    deep = lambda m, xs: (lambda o: (o[0][1], o[1]))(nnx.scan(lambda c, x: ((c[0], inner(c[0], x + 0.3 * c[1])), c[1].mean(0)), in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0))((m, xs[0] * 0.5), xs))
    case("scan.layers_in_time", deep, stacked(10), [xs[:3]])
    # A loop that branches, on Variables and streams.
    yes = lambda m, x: m.dropout(m(x))
    no = lambda m, x: x * 0.9

    def branching(c, x):
        m, h = c
        y = nnx.cond(x.sum() > 0, yes, no, m, h + 0.2 * x)
        return (m, y), m.calls[...] * 1

    f = lambda m, xs: (lambda o: (o[0][1], o[1]))(nnx.scan(branching, in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0))((m, xs[0] * 0.5), xs))
    case("scan.branches", f, Counted(rngs=nnx.Rngs(11)), [xs])
    case("scan.remat_each", lambda m, x: nnx.scan(nnx.remat(turn), in_axes=(nnx.Carry, stats), out_axes=(nnx.Carry, 0))(x, m), make(12, {nnx.BatchStat: None, ...: 0}), [x])


def vmaps():
    x, xs = det((B, D), 1.5), det((N, B, D), 1.2)
    v = lambda axes, xa, **kw: lambda m, x: nnx.vmap(lambda m, x: m(x), in_axes=(axes, xa), out_axes=0, **kw)(m, x)
    axes = nnx.StateAxes({nnx.Param: 0, nnx.BatchStat: None, nnx.RngState: None})
    m = nnx.split_rngs(splits=N, only="params")(nnx.vmap(lambda r: Block(rngs=r, axis_name="lane"), in_axes=(nnx.StateAxes({"params": 0, ...: None}),), out_axes=axes))(nnx.Rngs(params=20, dropout=21))
    case("vmap.params_split_rest_broadcast", v(axes, 0, axis_name="lane"), m, [xs])
    own = nnx.StateAxes({nnx.RngState: 0, ...: None})
    m = Block(rngs=nnx.Rngs(22), axis_name="lane")
    lanes = nnx.split_rngs(splits=N)(nnx.vmap(lambda m, x: m(x), in_axes=(own, 0), out_axes=0, axis_name="lane"))
    case("vmap.dropout_split_statistics_shared", lanes, m, [xs])
    case("vmap.dropout_split_statistics_shared.twice", lambda m, x: lanes(m, lanes(m, x)), Block(rngs=nnx.Rngs(23), axis_name="lane"), [xs])
    # Lanes in lanes.
    both = nnx.split_rngs(splits=(2, N))(nnx.vmap(nnx.vmap(lambda r: Block(rngs=r), in_axes=(0,), out_axes=0), in_axes=(0,), out_axes=0))(nnx.Rngs(24))
    nested = lambda m, x: nnx.vmap(lambda m, x: nnx.vmap(lambda m, x: m(x), in_axes=(0, None), out_axes=0)(m, x), in_axes=(0, None), out_axes=0)(m, x)
    case("vmap.nested", nested, both, [x])
    case("vmap.negative_axes", lambda m, x: nnx.vmap(lambda m, x: m(x), in_axes=(0, -2), out_axes=-1)(m, x), stacked(25, lambda r: nnx.Linear(D, D + 1, rngs=r)), [det((B, N, D))])
    case("vmap.convolutions", v(0, None), stacked(26, lambda r: Conved(rngs=r)), [det((2, 4, 4, 1))])
    case("vmap.attention", v(0, 0), stacked(27, lambda r: Attending(rngs=r)), [det((N, 2, 3, 4))])
    # Loops in lanes, and lanes in loops.
    cells = stacked(28, lambda r: nnx.GRUCell(D, D, rngs=r))
    run = lambda m, xs, c: nnx.scan(lambda m, c, x: m(c, x), in_axes=(None, nnx.Carry, 0), out_axes=(nnx.Carry, 0))(m, c, xs)
    case("vmap.scan", lambda m, xs: nnx.vmap(lambda m, x: run(m, x, x[0] * 0.5), in_axes=(0, None), out_axes=0)(m, xs), cells, [det((4, 2, D))])
    step = lambda c, x: (lambda y: ((c[0], y), y.sum(1)))(nnx.vmap(lambda m, c, x: m(c + x), in_axes=(0, 0, None), out_axes=0)(c[0], c[1], x))
    case("scan.vmap", lambda m, xs: (lambda o: (o[0][1], o[1]))(nnx.scan(step, in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0))((m, jnp.stack([xs[0]] * N)), xs)), stacked(29), [det((3, B, D))])

    def branch(m, x):
        return nnx.cond(x.sum() > 0, lambda m, x: m.dropout(m(x)), lambda m, x: x * 0.5, m, x)

    # Each lane takes its own branch, and writes its own Variables.
    case("vmap.branches", lambda m, x: nnx.vmap(branch, in_axes=(0, 0), out_axes=0)(m, x), stacked(30, lambda r: Counted(rngs=r)), [xs])


def remats():
    x = det((B, D), 1.5)
    r = nnx.remat(lambda m, x: m(x))
    outer = nnx.remat(lambda m, x: r(m, jnp.tanh(r(m, x))))
    case("remat.nested", outer, Block(rngs=nnx.Rngs(40)), [x])
    case("remat.counted", lambda m, x: r(m, m.dropout(r(m, x))), Counted(rngs=nnx.Rngs(41)), [x])
    case("remat.of_scan", nnx.remat(lambda m, x: nnx.scan(turn, in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0))(x, m)), stacked(42), [x])
    case("remat.in_lanes", lambda m, x: nnx.vmap(r, in_axes=(0, None), out_axes=0)(m, x), stacked(43), [x])


def controls():
    x = det((B, D), 1.2)
    m = Counted(rngs=nnx.Rngs(50))

    def yes(m, x):
        m.calls[...] += 10
        return m.dropout(m(x))

    def no(m, x):
        m.total[...] = m.total[...] - 1.0
        return x * 2.0

    def third(m, x):
        m.calls[...] = jnp.asarray(-7, jnp.int32)
        return m.linear(x) * m.dropout(x)

    nested = lambda m, x: nnx.cond(x.sum() < 100, lambda m, x: nnx.cond(x.mean() > 0, yes, no, m, x) * 1.5, third, m, x)
    case("cond.nested", nested, m, [x])
    case("cond.in_remat", nnx.remat(nested), m, [x])
    which = lambda m, x: nnx.switch(m.calls[...], [yes, no, third], m, x)
    case("switch.by_a_variable", lambda m, x: which(m, which(m, x)), m, [x])

    def sequence(m, x):
        def body(c, i):
            m, x = c
            return (m, jnp.tanh(nnx.switch(i, [yes, no, third], m, x))), m.total[...] * 1.0
        (m, y), t = nnx.scan(body, in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0))((m, x), jnp.asarray([2, 0, 1, 0, 7], jnp.int32))
        return y, t

    case("switch.in_scan", sequence, m, [x])

    def collatz(m, x):
        """Turns depend on values; a loop in each, and a draw."""
        def body(v):
            m, y, n = v
            _, y, _ = nnx.while_loop(lambda v: v[2] < n % 3, lambda v: (v[0], v[0].dropout(v[1]), v[2] + 1), (m, m(y), jnp.asarray(0, jnp.int32)))
            return m, y, n + 1
        _, y, n = nnx.while_loop(lambda v: (jnp.abs(v[1]).sum() > 2.0) & (v[2] < 7), body, (m, x, jnp.asarray(1, jnp.int32)))
        return y, n

    case("while_loop.nested", collatz, m, [x], grads=False)
    f = lambda m, x: nnx.fori_loop(0, 2, lambda i, v: nnx.fori_loop(0, i + 1, lambda j, v: (v[0], v[0].dropout(v[0](v[1])) + j), v), (m, x))[1]
    case("fori_loop.nested", f, m, [x], grads=False)
    case("fori_loop.statistics", lambda b, x: nnx.fori_loop(1, 4, lambda i, v: (v[0], v[0](v[1]) * (1.0 - 0.1 * i)), (b, x))[1], Block(rngs=nnx.Rngs(51)), [x])
    case("fori_loop.none", lambda b, x: nnx.fori_loop(3, 3, lambda i, v: (v[0], v[0](v[1])), (b, x))[1], Block(rngs=nnx.Rngs(52)), [x])


def of_rules():
    # The rule is for the innermost gradient; those around it differentiate what the rule consists of.
    @jax.custom_vjp
    def bent(x):
        return jnp.tanh(x)

    bent.defvjp(lambda x: (jnp.tanh(x), jnp.tanh(x)), lambda y, g: (jnp.sin(g) * (1 - y * y),))
    x = det((3, D))
    losses = {
        "plain": lambda x: loss(bent(x) ** 2),
        "lanes": lambda x: loss(jax.vmap(bent)(x) ** 2),
        "loop": lambda x: loss(jax.lax.scan(lambda c, x: (bent(c + x), c * x), x[0], x)),
    }
    second = lambda f: jax.grad(lambda x: (jax.grad(f)(x) ** 2).sum())
    gradients = lambda f: [enc(g(x)) for g in (jax.grad(f), second(f), jax.grad(lambda x: (second(f)(x) ** 2).sum()))]
    return {"input": enc(x), **{name: gradients(f) for name, f in losses.items()}}


scans()
vmaps()
remats()
controls()
figures = {"versions": {"jax": jax.__version__, "flax": __import__("flax").__version__}, "cases": CASES, "rules": of_rules()}
out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
(out / "transforms.json").write_text(json.dumps(figures, separators=(",", ":")))
print(len(CASES), "cases")
