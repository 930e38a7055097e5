"""The models whose weights flax_layers.py writes and check_saved.py reads: NNX modules, and modules of Linen."""

import jax
import jax.numpy as jnp
from flax import linen, nnx


def rngs():
    return nnx.Rngs(0)


class Mlp(nnx.Module):
    """With a random stream in its state, and names in snake_case."""

    def __init__(self, rngs):
        self.lin_1 = nnx.Linear(4, 6, rngs=rngs)
        self.batch_norm = nnx.BatchNorm(6, use_running_average=True, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, deterministic=True, rngs=rngs)
        self.hidden_layers = nnx.List([nnx.Linear(6, 6, rngs=rngs), nnx.Linear(6, 5, rngs=rngs)])
        self.output_proj = nnx.Sequential(nnx.Linear(5, 5, rngs=rngs), nnx.relu, nnx.Linear(5, 2, rngs=rngs))

    def __call__(self, x):
        x = self.dropout(nnx.relu(self.batch_norm(self.lin_1(x))))
        for layer in self.hidden_layers:
            x = nnx.relu(layer(x))
        return self.output_proj(x)


def both(make):
    return nnx.Bidirectional(nnx.RNN(make()), nnx.RNN(make()))


NNX = {
    "linear": (lambda: nnx.Linear(4, 3, rngs=rngs()), [(2, 4)]),
    "linear_general": (lambda: nnx.LinearGeneral(4, (2, 3), rngs=rngs()), [(2, 4)]),
    "einsum": (lambda: nnx.Einsum("nta,hab->nthb", (3, 4, 2), (3, 2), rngs=rngs()), [(2, 3, 4)]),
    "conv": (lambda: nnx.Conv(4, 6, (3, 2), strides=2, feature_group_count=2, rngs=rngs()), [(2, 6, 5, 4)]),
    "conv_transpose": (lambda: nnx.ConvTranspose(3, 4, (3, 2), strides=2, rngs=rngs()), [(1, 3, 4, 3)]),
    "batch_norm": (lambda: nnx.BatchNorm(4, use_running_average=True, rngs=rngs()), [(5, 4)]),
    "embed": (lambda: nnx.Embed(7, 3, rngs=rngs()), [7]),
    "layer_norm": (lambda: nnx.LayerNorm(5, rngs=rngs()), [(3, 5)]),
    "group_norm": (lambda: nnx.GroupNorm(6, num_groups=2, rngs=rngs()), [(2, 3, 2, 6)]),
    "instance_norm": (lambda: nnx.InstanceNorm(3, rngs=rngs()), [(2, 4, 3, 3)]),
    "rms_norm": (lambda: nnx.RMSNorm(5, rngs=rngs()), [(3, 5)]),
    "prelu": (lambda: nnx.PReLU(), [(3, 4)]),
    "lstm": (lambda: nnx.RNN(nnx.LSTMCell(3, 4, rngs=rngs())), [(2, 5, 3)]),
    "optimized_lstm": (lambda: nnx.RNN(nnx.OptimizedLSTMCell(3, 4, rngs=rngs())), [(2, 5, 3)]),
    "gru": (lambda: both(lambda: nnx.GRUCell(3, 4, rngs=rngs())), [(2, 5, 3)]),
    "simple": (lambda: nnx.RNN(nnx.SimpleCell(3, 4, rngs=rngs())), [(2, 5, 3)]),
    "attention": (
        lambda: nnx.MultiHeadAttention(2, 8, normalize_qk=True, decode=False, rngs=rngs()),
        [(2, 3, 8)],
    ),
    "lora": (lambda: nnx.LoRA(4, 2, 3, base_module=nnx.Linear(4, 3, rngs=rngs()), rngs=rngs()), [(2, 4)]),
    "lora_linear": (lambda: nnx.LoRALinear(4, 3, lora_rank=2, rngs=rngs()), [(2, 4)]),
    "weight_norm": (lambda: nnx.WeightNorm(nnx.Linear(4, 3, rngs=rngs()), rngs=rngs()), [(2, 4)]),
    "spectral_norm": (
        lambda: nnx.SpectralNorm(nnx.Linear(4, 3, rngs=rngs()), update_stats=False, rngs=rngs()),
        [(2, 4)],
    ),
    "mlp": (lambda: Mlp(rngs()), [(2, 4)]),
}


class LinenMlp(linen.Module):
    """Names its layers itself."""

    def setup(self):
        self.lin_1 = linen.Dense(6)
        self.batch_norm = linen.BatchNorm(use_running_average=True)
        self.hidden_layers = [linen.Dense(6), linen.Dense(5)]
        self.output_proj = linen.Sequential([linen.Dense(5), linen.relu, linen.Dense(2)])

    def __call__(self, x):
        x = linen.relu(self.batch_norm(self.lin_1(x)))
        for layer in self.hidden_layers:
            x = linen.relu(layer(x))
        return self.output_proj(x)


class LinenCompact(linen.Module):
    """Lets Linen name its layers: Embed_0, OptimizedLSTMCell_0, Dense_0."""

    @linen.compact
    def __call__(self, tokens):
        x = linen.Embed(7, 3)(tokens)
        x = linen.RNN(linen.OptimizedLSTMCell(4))(x)
        return linen.Dense(2)(x)


class LinenCells(linen.Module):
    def setup(self):
        self.lstm = linen.RNN(linen.LSTMCell(4))
        self.gru = linen.Bidirectional(linen.RNN(linen.GRUCell(4)), linen.RNN(linen.GRUCell(4)))
        self.simple = linen.RNN(linen.SimpleCell(3))

    def __call__(self, x):
        return self.simple(self.gru(self.lstm(x)))


class LinenNorms(linen.Module):
    def setup(self):
        self.attention = linen.MultiHeadDotProductAttention(2)
        self.layer_norm = linen.LayerNorm()
        self.spectral = linen.SpectralNorm(linen.Dense(6))
        self.weight_norm = linen.WeightNorm(linen.Dense(6))
        self.group_norm = linen.GroupNorm(2)
        self.rms = linen.RMSNorm()
        self.act = linen.PReLU()

    def __call__(self, x):
        x = self.layer_norm(self.attention(x))
        x = self.act(self.weight_norm(self.spectral(x, update_stats=False)))
        return self.rms(self.group_norm(x))


class LinenConvs(linen.Module):
    def setup(self):
        self.conv = linen.Conv(6, (3, 2), strides=2, feature_group_count=2)
        self.up = linen.ConvTranspose(3, (3, 2), strides=(2, 2))

    def __call__(self, x):
        return self.up(linen.relu(self.conv(x)))


LINEN = {
    "linen_mlp": (LinenMlp(), [(2, 4)]),
    "linen_compact": (LinenCompact(), [(2, 5)]),
    "linen_cells": (LinenCells(), [(2, 5, 3)]),
    "linen_norms": (LinenNorms(), [(2, 3, 8)]),
    "linen_convs": (LinenConvs(), [(1, 6, 5, 4)]),
}


def inputs_of(name, shapes, key):
    if name == "embed":
        return [jax.random.randint(key, (2, 3), 0, 7)]
    if name == "linen_compact":
        return [jax.random.randint(key, shapes[0], 0, 7)]
    return [jax.random.normal(key, shape, jnp.float32) for shape in shapes]


def names_of(state):
    """The leaves of an NNX state by name: keys joined by dots, those of tuples too."""
    return {
        ".".join(str(part) for key in path for part in (key if isinstance(key, tuple) else (key,))): variable
        for path, variable in nnx.to_flat_state(state)
    }
