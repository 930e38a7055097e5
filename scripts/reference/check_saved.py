"""Reads with PyTorch and Flax what nnx-js has saved in their layouts, strictly, and compares what both answer.

NNX_SAVED_MODELS=/tmp/saved npx vitest run --project cpu packages/checkpoint/test/layouts -t "for the library"
python scripts/reference/check_saved.py /tmp/saved
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import torch
from flax import nnx
from safetensors.flax import load_file as load_flax
from safetensors.torch import load_file as load_torch

from figures import GOLDEN
from flax_models import NNX, names_of
from torch_models import MODULES, call, channels_last

# Modules whose weights nnx-js writes as another form of the same has them: newer, or with biases of zeros.
NEWER = {
    "weight_norm_old": "weight_norm",
    "spectral_norm_old": "spectral_norm",
    "lstm_no_bias": "lstm",
    "gru_no_bias": "gru",
}


def arrays(figures):
    return [np.array(x["data"], x.get("dtype", "float32")).reshape(x["shape"]) for x in figures]


def channels_first(name, x):
    x = torch.from_numpy(x)
    x = x.long() if x.dtype == torch.int32 else x
    return x.movedim(-1, 1) if channels_last(name, x) is not x else x


def torch_answers(folder, name, inputs):
    module = MODULES[NEWER.get(name, name)]()
    module.load_state_dict(load_torch(folder / f"{name}.safetensors"), strict=True)
    outputs = call(name, module.eval(), [channels_first(name, x) for x in inputs])
    return [channels_last(name, y).numpy() for y in outputs]


def flax_answers(folder, name, inputs):
    model = NNX[name][0]()
    stored = load_flax(folder / f"{name}.safetensors")
    # lin1 and lin_1 are one name in camelCase.
    leaves = {key.replace("lin_1", "lin1"): leaf for key, leaf in names_of(nnx.state(model)).items()}
    wanted = {key for key, leaf in leaves.items() if not isinstance(leaf, nnx.RngState)}
    assert wanted == set(stored), (name, wanted ^ set(stored))
    for key, value in stored.items():
        if isinstance(leaves[key], nnx.Variable):
            assert leaves[key].shape == value.shape, (name, key)
            leaves[key][...] = value
    if name == "weight_norm":
        model.scales = {("kernel",): stored["scales.kernel"]}
    return [np.asarray(model(*[jnp.asarray(x) for x in inputs]))]


def main(saved):
    worst = 0.0
    for layout, names, answers in (("torch", MODULES, torch_answers), ("flax", NNX, flax_answers)):
        cases = json.loads((GOLDEN / layout / "cases.json").read_text())
        for name in names:
            inputs = arrays(cases[name]["inputs"])
            ours = arrays(json.loads((saved / layout / f"{name}.json").read_text())["outputs"])
            theirs = answers(saved / layout, name, inputs)
            assert len(ours) == len(theirs)
            error = max(np.max(np.abs(a - b) / (1 + np.abs(b))) for a, b in zip(ours, theirs, strict=True))
            print(f"{layout:6} {name:28} {error:.1e}")
            worst = max(worst, error)
            assert error < 1e-5, name
        print(f"{len(names)} models of nnx-js read by {layout}, largest difference so far {worst:.1e}")


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    main(Path(sys.argv[1]))
