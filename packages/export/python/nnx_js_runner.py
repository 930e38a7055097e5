"""Runs training steps that @nnx-js/export wrote as StableHLO, on the devices that JAX sees.

    python -m nnx_js_runner names/ --steps 1000 --devices 8

The folder holds `step.mlir`, what its state is at the beginning (`state.safetensors`, as `saveModel` writes it), and
batches. XLA compiles the step; its partitioner divides the batch over the devices, and the state by the rules given.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclasses.dataclass(frozen=True)
class Slot:
    """An argument or a result of a step."""

    name: str
    role: str  # "state", "input" or "output"
    shape: tuple[int, ...]
    dtype: str
    alias: int | None  # of state: the number of the result that is its next value


@dataclasses.dataclass(frozen=True)
class Step:
    """A step as it was exported."""

    name: str
    text: str
    version: str
    arguments: tuple[Slot, ...]
    results: tuple[Slot, ...]

    @property
    def state(self) -> list[Slot]:
        return [slot for slot in self.arguments if slot.role == "state"]

    @property
    def inputs(self) -> list[Slot]:
        return [slot for slot in self.arguments if slot.role == "input"]


DTYPES = {"f32": "float32", "i32": "int32", "i1": "bool"}


def read_step(text: str) -> Step:
    """Reads what a module says of its arguments and results."""
    import jax

    # The context of a lowered function knows all dialects that JAX reads.
    lowered = jax.jit(lambda: 0).lower().compiler_ir("stablehlo")
    module = type(lowered).parse(text, lowered.context)
    attributes = module.operation.attributes
    if "nnx.format" not in attributes:
        raise SystemExit("expected a module that @nnx-js/export wrote, found one without nnx.format")
    version = attributes["nnx.format"].value
    if version > FORMAT:
        raise SystemExit(f"expected a module of format {FORMAT}, found {version}: install a newer nnx_js_runner")
    main = next(op for op in module.body.operations if op.name.value == "main")
    return Step(
        name=attributes["sym_name"].value,
        text=text,
        version=attributes["nnx.stablehlo_version"].value,
        arguments=_slots(main.type.inputs, main, "arg_attrs"),
        results=_slots(main.type.results, main, "res_attrs"),
    )


def _slots(types: Sequence[Any], main: Any, attribute: str) -> tuple[Slot, ...]:
    # Of a function without arguments there is no such attribute.
    return tuple(map(_slot, types, main.attributes[attribute])) if len(types) > 0 else ()


def _slot(type_: Any, attributes: Any) -> Slot:
    found = {item.name: item.attr for item in attributes}
    role = next(role for role in ("state", "input", "output") if f"nnx.{role}" in found)
    alias = found.get("tf.aliasing_output")
    return Slot(
        name=found[f"nnx.{role}"].value,
        role=role,
        shape=tuple(type_.shape),
        dtype=DTYPES[str(type_.element_type)],
        alias=alias.value if alias is not None else None,
    )


def callable_of(step: Step) -> Any:
    """The step as a function of JAX, which takes and gives flat lists."""
    import jax
    import jax.export
    import jax.numpy as jnp
    from jaxlib.mlir.dialects import stablehlo

    # `jax.export` makes everything around the module; a function of the same type stands in for what is exported.
    def stand_in(*_: Any) -> tuple[Any, ...]:
        return tuple(jnp.zeros(slot.shape, slot.dtype) for slot in step.results)

    stand_in.__name__ = re.sub(r"\W", "_", step.name)
    shapes = [jax.ShapeDtypeStruct(slot.shape, slot.dtype) for slot in step.arguments]
    exported = jax.export.export(jax.jit(stand_in, keep_unused=True), platforms=[jax.default_backend()])(*shapes)
    artifact = stablehlo.serialize_portable_artifact_str(step.text, step.version)
    return dataclasses.replace(exported, mlir_module_serialized=artifact).call
