"""Writes reference figures: one safetensors file for each case, and one JSON file with inputs and outputs."""

import json
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parents[2] / "packages/checkpoint/test/golden"


def array(value):
    """An array as packages/testing/src/golden.ts reads it; float32 as the shortest decimals that round back."""
    value = np.asarray(value)
    if np.issubdtype(value.dtype, np.floating):
        value = value.astype(np.float32)
        data, dtype = [float(str(x)) for x in value.ravel()], "float32"
    else:
        data, dtype = [int(x) for x in value.ravel()], "int32"
    return {"shape": list(value.shape), "dtype": dtype, "data": data}


def write_cases(folder, cases):
    """`cases`: name -> (inputs, outputs), arrays in the layout of nnx-js: channels last."""
    lines = [
        f"{json.dumps(name)}: "
        + json.dumps({"inputs": [array(x) for x in inputs], "outputs": [array(y) for y in outputs]})
        for name, (inputs, outputs) in sorted(cases.items())
    ]
    (GOLDEN / folder / "cases.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
