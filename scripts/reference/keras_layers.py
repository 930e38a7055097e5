"""Makes packages/checkpoint/test/golden/keras: files of Keras 3 in its formats, and what the models answer in evaluation;
and golden/tfjs/quantized, made by TensorFlow.js's converter.

KERAS_BACKEND=jax python scripts/reference/keras_layers.py
"""

import importlib.util
import json
import shutil
import sys
import types
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import layers

from figures import GOLDEN, array, write_cases

FOLDER = GOLDEN / "keras"


def of_layer(layer, shape, dtype="float32"):
    x = keras.Input(shape, dtype=dtype)
    return keras.Model(x, layer(x))


def attention():
    x, y = keras.Input((3, 4)), keras.Input((5, 6))
    return keras.Model([x, y], layers.MultiHeadAttention(2, 3)(x, y))


def encoder():
    """Layers inside layers, names of one's own, and several of a sort."""
    x = keras.Input((6, 4))
    y = layers.Dense(4, name="embed")(x)
    y = layers.MultiHeadAttention(2, 3)(y, y)
    y = layers.LayerNormalization()(y)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(y)
    y = layers.Dropout(0.1)(y)
    y = layers.BatchNormalization()(y)
    y = keras.Sequential([keras.Input((6, 6)), layers.Dense(6, activation="relu"), layers.Dense(6)], name="mlp")(y)
    y = layers.TimeDistributed(layers.Dense(6))(y)
    y = layers.GRU(3)(y)
    model = keras.Model(x, layers.Dense(2)(y))
    model.compile("adam", "mse")
    return model


def stack():
    """Layers of one sort whose numbers do not sort as text: dense, dense_1, ..., dense_10."""
    return keras.Sequential([keras.Input((3,)), *(layers.Dense(3, activation="tanh") for _ in range(11))])


MODELS = {
    "dense": lambda: of_layer(layers.Dense(3), (4,)),
    "dense_without_bias": lambda: of_layer(layers.Dense(3, use_bias=False), (4,)),
    "einsum_dense": lambda: of_layer(layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), (3, 4)),
    "conv1d_causal": lambda: of_layer(layers.Conv1D(3, 3, padding="causal", dilation_rate=2), (6, 2)),
    "conv2d_groups": lambda: of_layer(layers.Conv2D(6, (3, 2), groups=2, padding="same"), (4, 5, 4)),
    "depthwise_conv1d": lambda: of_layer(layers.DepthwiseConv1D(3, depth_multiplier=2, padding="same"), (6, 2)),
    "depthwise_conv2d": lambda: of_layer(layers.DepthwiseConv2D(3, depth_multiplier=2), (5, 4, 2)),
    "separable_conv1d": lambda: of_layer(layers.SeparableConv1D(4, 3, depth_multiplier=2), (6, 3)),
    "separable_conv2d": lambda: of_layer(layers.SeparableConv2D(4, 3), (5, 4, 3)),
    "conv1d_transpose": lambda: of_layer(layers.Conv1DTranspose(3, 4, strides=2, padding="same"), (5, 2)),
    "conv3d_transpose": lambda: of_layer(layers.Conv3DTranspose(2, 2, strides=2), (2, 3, 2, 3)),
    "batch_normalization": lambda: of_layer(layers.BatchNormalization(), (4, 3)),
    "batch_normalization_center_only": lambda: of_layer(layers.BatchNormalization(scale=False), (4, 3)),
    "layer_normalization_two_axes": lambda: of_layer(layers.LayerNormalization(axis=[-2, -1]), (4, 3)),
    "group_normalization": lambda: of_layer(layers.GroupNormalization(2), (3, 4)),
    "rms_normalization": lambda: of_layer(layers.RMSNormalization(), (3, 4)),
    "embedding": lambda: of_layer(layers.Embedding(5, 3), (4,), "int32"),
    "prelu": lambda: of_layer(layers.PReLU(shared_axes=[1, 2]), (3, 4)),
    "lstm": lambda: of_layer(layers.LSTM(3, return_sequences=True), (4, 2)),
    "gru": lambda: of_layer(layers.GRU(3, return_sequences=True), (4, 2)),
    "gru_without_bias": lambda: of_layer(layers.GRU(3, return_sequences=True, use_bias=False), (4, 2)),
    "gru_before_product": lambda: of_layer(layers.GRU(3, return_sequences=True, reset_after=False), (4, 2)),
    "simple_rnn": lambda: of_layer(layers.SimpleRNN(3, return_sequences=True), (4, 2)),
    "bidirectional_gru": lambda: of_layer(layers.Bidirectional(layers.GRU(3, return_sequences=True)), (4, 2)),
    "multi_head_attention": attention,
    "encoder": encoder,
    "stack": stack,
}

# What is kept of a model; one layer each in the format of today.
FORMATS = {"encoder": [".keras", ".weights.h5", ".h5"], "stack": [".weights.h5"]}


def randomise(model, rng):
    for weight in model.weights:
        values = rng.uniform(-1, 1, weight.shape).astype("float32").round(3)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.path else values)


def as_keras_2(source, target):
    """The names of Keras 2, which wrote `:0` behind them: written here by h5py, for Keras 2 needs TensorFlow."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        for key in ("model_config", "backend"):
            new.attrs[key] = old.attrs[key]
        new.attrs["keras_version"] = "2.15.0"
        weights = new.create_group("model_weights")
        weights.attrs["layer_names"] = [name.encode() for name in old["model_weights"].attrs["layer_names"]]
        for layer, group in old["model_weights"].items():
            if layer == "top_level_model_weights":
                continue
            names = [str(name) for name in group.attrs["weight_names"]]
            made = weights.create_group(layer)
            made.attrs["weight_names"] = [f"{name}:0".encode() for name in names]
            for name in names:
                filters = {"compression": "gzip", "shuffle": True} if layer == "embed" else {}
                made.create_dataset(f"{name}:0", data=group[name][()], **filters)


def converter(name):
    """A module of tensorflowjs, without those of its parts that need TensorFlow."""
    if "tensorflowjs" not in sys.modules:
        package = types.ModuleType("tensorflowjs")
        package.__path__ = importlib.util.find_spec("tensorflowjs").submodule_search_locations
        sys.modules["tensorflowjs"] = package
        gfile = types.SimpleNamespace(GFile=open)
        sys.modules.setdefault("tensorflow", types.SimpleNamespace(io=types.SimpleNamespace(gfile=gfile)))
    return importlib.import_module(f"tensorflowjs.{name}")


def write_quantized(rng):
    folder = GOLDEN / "tfjs" / "quantized"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    weights = {
        "float32": rng.normal(size=(3, 4)).astype("float32"),
        "half": rng.normal(size=(2, 3)).astype("float32"),
        "byte": rng.normal(size=(5, 2)).astype("float32"),
        "word": rng.normal(size=(7,)).astype("float32"),
        "byte_int32": rng.integers(-300, 300, (3, 3)).astype("int32"),
        "word_int32": rng.integers(-3000, 3000, (4,)).astype("int32"),
        "constant": np.full((2, 2), 0.25, "float32"),
        "int32": np.array([-(2**31), 2**31 - 1, 0], "int32"),
        "bool": np.array([True, False, True]),
        "complex64": (rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))).astype("complex64"),
        "text": np.array(["weights", "", "travel"], object),
        "scalar": np.array(1.5, "float32"),
        "nothing": np.zeros((0, 3), "float32"),
    }
    group = [{"name": name, "data": data} for name, data in weights.items()]
    # Shards that end inside numbers.
    manifest = converter("write_weights").write_weights(
        [group[:5], group[5:]],
        str(folder),
        shard_size_bytes=37,
        write_manifest=False,
        quantization_dtype_map={
            "float16": ["half"],
            "uint8": ["byte", "byte_int32", "constant"],
            "uint16": ["word", "word_int32"],
        },
    )
    (folder / "model.json").write_text(json.dumps({"format": "graph-model", "weightsManifest": manifest}))
    read = converter("read_weights").read_weights(manifest, str(folder))
    figures = {
        entry["name"]: array(np.stack([data.real, data.imag], -1) if data.dtype == "complex64" else data)
        for entry in sum(read, [])
        for data in [entry["data"]]
        if entry["name"] != "text"
    }
    (folder / "values.json").write_text(json.dumps(figures) + "\n")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    cases = {}
    for index, (name, make) in enumerate(MODELS.items()):
        keras.utils.clear_session()
        keras.utils.set_random_seed(index)
        rng = np.random.default_rng(index)
        model = make()
        randomise(model, rng)
        inputs = [
            rng.integers(0, 5, (2, *x.shape[1:])).astype("int32")
            if x.dtype == "int32"
            else rng.uniform(-1, 1, (2, *x.shape[1:])).astype("float32").round(3)
            for x in model.inputs
        ]
        cases[name] = (inputs, [np.asarray(model(inputs if len(inputs) > 1 else inputs[0], training=False))])
        for ending in FORMATS.get(name, [".keras"]):
            path = FOLDER / f"{name}{ending}"
            model.save_weights(path) if ending == ".weights.h5" else model.save(path)
            if ending == ".h5":
                as_keras_2(path, FOLDER / f"{name}_keras_2.h5")
    write_cases("keras", cases)
    write_quantized(np.random.default_rng(100))


if __name__ == "__main__":
    main()
