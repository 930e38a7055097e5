"""Times the workloads of the benchmark in Flax NNX and JAX on the CPU; prints one JSON object a line.

usage: bench_flax.py [--rounds N] [--turn MS] [--seconds S] [guide] [mlp] [cnn] [gpt]
"""

import argparse
import json
import statistics
import time

import jax
import jax.numpy as jnp
import optax
from flax import nnx


class MLP(nnx.Module):
    def __init__(self, inputs, hidden, outputs, rngs):
        self.lin1 = nnx.Linear(inputs, hidden, rngs=rngs)
        self.do = nnx.Dropout(0.1)
        self.bn = nnx.BatchNorm(hidden, rngs=rngs)
        self.lin2 = nnx.Linear(hidden, outputs, rngs=rngs)

    def __call__(self, x, *, rngs=None):
        return self.lin2(nnx.relu(self.do(self.bn(self.lin1(x)), rngs=rngs)))


class CNN(nnx.Module):
    def __init__(self, rngs):
        self.conv1 = nnx.Conv(1, 32, (3, 3), rngs=rngs)
        self.norm1 = nnx.BatchNorm(32, rngs=rngs)
        self.dropout1 = nnx.Dropout(0.025)
        self.conv2 = nnx.Conv(32, 64, (3, 3), rngs=rngs)
        self.norm2 = nnx.BatchNorm(64, rngs=rngs)
        self.linear1 = nnx.Linear(3136, 256, rngs=rngs)
        self.dropout2 = nnx.Dropout(0.025)
        self.linear2 = nnx.Linear(256, 10, rngs=rngs)

    def __call__(self, x, *, rngs=None):
        h = nnx.relu(self.norm1(self.dropout1(self.conv1(x), rngs=rngs)))
        h = nnx.avg_pool(h, (2, 2), (2, 2))
        h = nnx.avg_pool(nnx.relu(self.norm2(self.conv2(h))), (2, 2), (2, 2))
        h = h.reshape(h.shape[0], -1)
        return self.linear2(nnx.relu(self.dropout2(self.linear1(h), rngs=rngs)))


class Block(nnx.Module):
    def __init__(self, width, heads, rngs):
        self.norm1 = nnx.LayerNorm(width, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(heads, width, decode=False, rngs=rngs)
        self.norm2 = nnx.LayerNorm(width, rngs=rngs)
        self.wide = nnx.Linear(width, 4 * width, rngs=rngs)
        self.narrow = nnx.Linear(4 * width, width, rngs=rngs)

    def __call__(self, x, mask):
        x = x + self.attention(self.norm1(x), mask=mask)
        return x + self.narrow(nnx.gelu(self.wide(self.norm2(x))))


class GPT(nnx.Module):
    def __init__(self, vocabulary, context, width, heads, blocks, rngs):
        self.tokens = nnx.Embed(vocabulary, width, rngs=rngs)
        self.positions = nnx.Embed(context, width, rngs=rngs)
        self.blocks = nnx.List([Block(width, heads, rngs) for _ in range(blocks)])
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.head = nnx.Linear(width, vocabulary, rngs=rngs)

    def __call__(self, ids, *, rngs=None):
        mask = nnx.make_causal_mask(ids)
        x = self.tokens(ids) + self.positions(jnp.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x, mask)
        return self.head(self.norm(x))


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def squared_error(prediction, y):
    return ((prediction - y) ** 2).mean()


def workload(name):
    """The model, the loss, and one batch of inputs and targets."""
    rngs, key = nnx.Rngs(0), jax.random.key(0)
    if name == "guide":
        x, y = jax.random.normal(key, (32, 16)), jax.random.normal(key, (32, 2))
        return MLP(16, 32, 2, rngs), squared_error, x, y
    if name == "mlp":
        x, y = jax.random.normal(key, (128, 784)), jax.random.normal(key, (128, 10))
        return MLP(784, 512, 10, rngs), squared_error, x, y
    if name == "cnn":
        return CNN(rngs), cross_entropy, jax.random.normal(key, (32, 28, 28, 1)), jnp.arange(32) % 10
    ids = jnp.ones((8, 64), jnp.int32)
    return GPT(65, 64, 128, 4, 4, rngs), cross_entropy, ids, ids


def ways(name):
    """The training step in every way that Flax has: name to a function that makes one and returns the loss."""
    model, loss, x, y = workload(name)
    rngs = nnx.Rngs(0)
    optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)

    def step(model, optimizer, x, y, rngs):
        value, grads = nnx.value_and_grad(lambda m, r: loss(m(x, rngs=r), y))(model, rngs)
        optimizer.update(model, grads)
        return value

    # The pure function has copies of the state, for what is donated is gone.
    graph, state = nnx.split((model, optimizer, rngs))
    held = [jax.tree.map(jnp.copy, state)]

    def pure(state, x, y):
        model, optimizer, rngs = nnx.merge(graph, state)
        value = step(model, optimizer, x, y, rngs)
        return nnx.state((model, optimizer, rngs)), value

    donated = jax.jit(pure, donate_argnums=0)

    def run_donated():
        held[0], value = donated(held[0], x, y)
        return value

    compiled = nnx.jit(step)
    yield "Flax, nnx.jit", lambda: compiled(model, optimizer, x, y, rngs)
    cached = nnx.cached_partial(compiled, model, optimizer)
    yield "Flax, nnx.cached_partial", lambda: cached(x, y, rngs)
    yield "JAX, jax.jit with donated state", run_donated


def turn(run, times):
    """Milliseconds of one of so many runs."""
    start = time.perf_counter()
    for _ in range(times):
        value = run()
    value.block_until_ready()
    return 1e3 * (time.perf_counter() - start) / times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="rounds at most")
    parser.add_argument("--turn", type=float, default=100, help="milliseconds of a turn")
    parser.add_argument("--seconds", type=float, default=10, help="seconds for one way")
    parser.add_argument("workloads", nargs="*", metavar="workload")
    options = parser.parse_args()
    names = options.workloads or ["guide", "mlp", "cnn", "gpt"]
    for name in set(names) - {"guide", "mlp", "cnn", "gpt"}:
        parser.error(f"unknown workload {name}")
    for name in names:
        for label, run in ways(name):
            turn(run, 1)  # Compiles.
            turn(run, 3)
            runs = max(1, round(options.turn / turn(run, 3)))
            rounds = max(3, min(options.rounds, int(1e3 * options.seconds / options.turn)))
            milliseconds = statistics.median(turn(run, runs) for _ in range(rounds))
            row = {"workload": name, "name": label, "milliseconds": milliseconds, "rounds": rounds}
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
