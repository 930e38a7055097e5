"""Writes small safetensors files of every dtype by the safetensors library, and their values as texts.

    python scripts/reference/safetensors_files.py packages/checkpoint/test/golden

Made with safetensors 0.8.0, numpy 2.4.6, torch 2.15.0, flax 0.12.8 and jax 0.10.2.
"""

import json
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import safetensors.flax
import safetensors.numpy
import safetensors.torch
import torch

folder = Path(sys.argv[1])
values = {}


def text(x):
    """What the value is, exactly: integers in decimal, floats by the shortest text of their float64."""
    if isinstance(x, bool):
        return x
    if isinstance(x, int):
        return str(x)
    return repr(x)


def note(file, name, array):
    flat = np.asarray(array).reshape(-1)
    if flat.dtype.kind == "f":
        flat = flat.astype(np.float64)
    values.setdefault(file, {})[name] = {"shape": list(array.shape), "data": [text(x) for x in flat.tolist()]}


halves = [0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-14, 2.0**-24, 3 * 2.0**-24, np.inf, -np.inf, np.nan, 1 / 3]
singles = [*halves, 3.4028234663852886e38, 1.1754943508222875e-38, 1e-45, 16777217.0, 0.1]
doubles = [*singles, 1e300, -1e300, 1e-300, 1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-50, 1 + 3 * 2.0**-24]


def integers(dtype):
    info = np.iinfo(dtype)
    return [x for x in (info.min, info.max, 0, 1, 100, -1, -100) if info.min <= x <= info.max]


def every_numpy_dtype():
    tensors = {
        "f64": np.array(doubles, np.float64),
        "f32": np.array(singles, np.float32),
        "f16": np.array(halves, np.float16),
        "i64": np.array([0, 1, -1, 2**31 - 1, -(2**31), 7], np.int64),
        "u32": np.array([0, 1, 2**31 - 1], np.uint32),
        "bool": np.array([True, False, False, True, True]),
        "scalar": np.array(0.25, np.float32),
        "empty": np.zeros((3, 0, 2), np.float32),
        "empty i64": np.zeros((0,), np.int64),
        "matrix": np.arange(6, dtype=np.int32).reshape(2, 3) - 3,
        "byte": np.array(200, np.uint8),
    }
    for dtype in (np.int32, np.int16, np.int8, np.uint16, np.uint8):
        tensors[np.dtype(dtype).name] = np.array(integers(dtype), dtype)
    write("numpy_dtypes", tensors, safetensors.numpy.save, {"made by": "safetensors.numpy"})


def too_large_integers():
    tensors = {
        "i64": np.array([5, 2**31, -1], np.int64),
        "i64 beyond 2^53": np.array([2**53 + 1, -(2**63), 2**63 - 1, (1 << 62) + (1 << 38) + 1], np.int64),
        "u32": np.array([0, 2**31, 2**32 - 1, 2**24 + 1], np.uint32),
    }
    write("large_integers", tensors, safetensors.numpy.save)


def every_torch_dtype():
    generator = torch.Generator().manual_seed(0)
    tensors = {
        "bf16": torch.tensor([*halves, 3.3e38, 1e-40]).to(torch.bfloat16),
        "normal.f16": torch.randn((4, 5), generator=generator).to(torch.float16),
        "normal.bf16": torch.randn((5, 4), generator=generator).to(torch.bfloat16),
        "normal.f32": torch.randn((3, 3, 3), generator=generator),
        "normal.f64": torch.randn((7,), generator=generator, dtype=torch.float64),
        "num_batches_tracked": torch.tensor(12345),
        "mask": torch.tensor([[True, False], [False, True]]),
    }
    write("torch_dtypes", tensors, safetensors.torch.save, {"format": "pt"}, lambda t: t.float() if t.dtype == torch.bfloat16 else t)


def names_and_metadata():
    names = ["a", "B", "", "ä.ö", "日本語", "😀", "\uffff", "quote\"back\\slash/", "line\nfeed\ttab\x01\x1f\x7f", "\u2028", "__proto__", "constructor", "x" * 40]
    tensors = {name: np.array([index], np.float32) for index, name in enumerate(names)}
    write("names", tensors, safetensors.numpy.save, {"__proto__": "line\nfeed \"quoted\" \x02 \u2028 😀"})


def flax_dtypes():
    tensors = {
        "layers.0.kernel": jnp.arange(12, dtype=jnp.float32).reshape(3, 4) / 7,
        "layers.0.bias": jnp.array([1, 1 / 3, -5], jnp.bfloat16),
        "count": jnp.array(3, jnp.int32),
        "key": jnp.array([0xDEADBEEF, 7], jnp.uint32),
    }
    write("flax_dtypes", tensors, safetensors.flax.save, {"format": "flax"}, lambda t: t.astype(jnp.float32) if t.dtype == jnp.bfloat16 else t)


def write(file, tensors, save, metadata=None, plain=lambda t: t):
    data = save(tensors, metadata)
    (folder / f"{file}.safetensors").write_bytes(data)
    for name, tensor in tensors.items():
        note(file, name, np.asarray(plain(tensor)))


def float8():
    data = safetensors.torch.save({"w": torch.ones((2, 2)).to(torch.float8_e4m3fn)})
    (folder / "float8.safetensors").write_bytes(data)


every_numpy_dtype()
too_large_integers()
every_torch_dtype()
names_and_metadata()
flax_dtypes()
float8()
(folder / "safetensors_values.json").write_text(json.dumps(values, ensure_ascii=True, separators=(",", ":")) + "\n")
