"""Runs modules of a folder, each on the inputs beside it: `0.mlir`, `0.in.safetensors` to `0.out.safetensors`."""

import sys
from pathlib import Path

import jax
import numpy as np
from safetensors.numpy import load_file, save_file

from nnx_js_runner import callable_of, read_module

folder = Path(sys.argv[1])
compiled = {}
for path in sorted(folder.glob("*.mlir")):
    try:
        text = path.read_text()
        if text not in compiled:
            found = read_module(text)
            compiled[text] = found, jax.jit(callable_of(found))
        module, function = compiled[text]
        given = load_file(path.with_suffix(".in.safetensors"))
        results = function(*(given[slot.name] for slot in module.arguments))
        # `save_file` writes the memory, whatever the strides.
        outputs = {slot.name: np.array(value, order="C") for slot, value in zip(module.results, results)}
        save_file(outputs, path.with_suffix(".out.safetensors"))
    except Exception as error:  # one module must not hide what the others say
        path.with_suffix(".error.txt").write_text(f"{type(error).__name__}: {error}"[:4000])
