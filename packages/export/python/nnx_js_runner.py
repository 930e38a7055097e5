"""Runs training steps that @nnx-js/export wrote as StableHLO, on the devices that JAX sees.

    python -m nnx_js_runner names/ --steps 1000 --devices 8

The folder holds the step (`step.mlir`), its state at the beginning (`state.safetensors`, as `saveModel` writes it) and
the examples (`data.safetensors`). XLA compiles the step; its partitioner divides the batch over the devices, and the
state by rules. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxlib.mlir.dialects import stablehlo
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, load_file, save

FORMAT = 1
DTYPES = {"f32": "float32", "i32": "int32", "i1": "bool"}

Tensors = Mapping[str, np.ndarray]


# ---------------------------------------------------------------------------------------------------- modules


@dataclasses.dataclass(frozen=True)
class Slot:
    """An argument or a result of a module."""

    name: str
    role: str  # "state", "input" or "output"
    shape: tuple[int, ...]
    dtype: str
    alias: int | None  # of state: the number of the result that takes its memory


@dataclasses.dataclass(frozen=True)
class Module:
    """A function as it was exported."""

    name: str
    text: str
    version: str
    arguments: tuple[Slot, ...]
    results: tuple[Slot, ...]

    def arguments_of(self, role: str) -> list[Slot]:
        return [slot for slot in self.arguments if slot.role == role]


def read_module(text: str) -> Module:
    """Reads what a module says of its arguments and results."""
    # A module of JAX's own knows all dialects that JAX reads.
    own = jax.jit(lambda: 0).lower().compiler_ir("stablehlo")
    module = type(own).parse(text, own.context)
    attributes = module.operation.attributes
    if "nnx.format" not in attributes:
        raise SystemExit("expected a module that exportStableHlo wrote, found one without nnx.format")
    written = attributes["nnx.format"].value
    if written > FORMAT:
        raise SystemExit(f"expected a module of format {FORMAT}, found {written}: install the newest nnx_js_runner")
    main = next(op for op in module.body.operations if op.name.value == "main")
    return Module(
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


def callable_of(module: Module) -> Callable[..., Any]:
    """The module as a function of JAX: flat arguments to a flat tuple of results."""

    # `jax.export` makes all that belongs to a module; a function of the same type stands in for what was exported.
    def stand_in(*_: Any) -> tuple[Any, ...]:
        return tuple(jnp.zeros(slot.shape, slot.dtype) for slot in module.results)

    stand_in.__name__ = re.sub(r"\W", "_", module.name)
    shapes = [jax.ShapeDtypeStruct(slot.shape, slot.dtype) for slot in module.arguments]
    exported = jax.export.export(jax.jit(stand_in, keep_unused=True), platforms=[jax.default_backend()])(*shapes)
    artifact = stablehlo.serialize_portable_artifact_str(module.text, module.version)
    return dataclasses.replace(exported, mlir_module_serialized=artifact).call


# ------------------------------------------------------------------------------------------ devices and shards


@dataclasses.dataclass(frozen=True)
class Rule:
    """Tensors whose names match are divided: a mesh axis, or none, for each of their axes."""

    pattern: re.Pattern[str]
    axes: tuple[str | None, ...]


def parse_rule(text: str) -> Rule:
    """`kernel$=-,model`: what the name matches, and the mesh axis of each axis, `-` for none."""
    pattern, found, axes = text.rpartition("=")
    if not found or not pattern:
        raise argparse.ArgumentTypeError(f"expected PATTERN=AXIS,AXIS,…, found {text!r}")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"expected a regular expression, found {pattern!r}: {error}") from None
    divided = [axis for axis in axes.split(",") if axis not in ("", "-")]
    if len(set(divided)) < len(divided):
        raise argparse.ArgumentTypeError(f"expected each axis of the mesh once, found {axes!r}")
    return Rule(compiled, tuple(None if axis in ("", "-") else axis for axis in axes.split(",")))


def make_mesh(text: str | None, count: int) -> Mesh:
    """The devices as `data=4,model=2` says; all of them along `data` unless it does."""
    axes = {"data": count}
    if text is not None:
        if not re.fullmatch(r"\w+=[1-9]\d*(,\w+=[1-9]\d*)*", text):
            raise SystemExit(f"--mesh: expected sizes of axes, such as data=4,model=2, found {text!r}")
        sizes = [axis.split("=") for axis in text.split(",")]
        axes = {name: int(size) for name, size in sizes}
        if len(axes) < len(sizes):
            raise SystemExit(f"--mesh: expected each axis once, found {text!r}")
    needed = int(np.prod(list(axes.values())))
    devices = jax.devices()
    if needed > len(devices):
        raise SystemExit(f"expected {needed} devices for the mesh {axes}, found {len(devices)}")
    return Mesh(np.array(devices[:needed]).reshape(*axes.values()), tuple(axes))


def sharding_of(slot: Slot, mesh: Mesh, rules: Sequence[Rule]) -> NamedSharding:
    """By the first rule that matches; else inputs are divided along their first axis, and state is not."""
    for rule in rules:
        if not rule.pattern.search(slot.name):
            continue
        spec = rule.axes[: len(slot.shape)]
        for axis, name in enumerate(spec):
            if name is not None and name not in mesh.shape:
                raise SystemExit(f"{slot.name}: expected an axis of the mesh {dict(mesh.shape)}, found {name!r}")
            if name is not None and slot.shape[axis] % mesh.shape[name]:
                size = mesh.shape[name]
                raise SystemExit(f"{slot.name}: axis {axis} of {list(slot.shape)} cannot be divided by {size}")
        return NamedSharding(mesh, PartitionSpec(*spec))
    if slot.role == "input" and slot.shape and "data" in mesh.shape and slot.shape[0] % mesh.shape["data"] == 0:
        return NamedSharding(mesh, PartitionSpec("data"))
    return NamedSharding(mesh, PartitionSpec())


def check_rules(module: Module, rules: Sequence[Rule]) -> None:
    """Ends with a message where a rule changes nothing, as a misspelt one."""
    for rule in rules:
        matches = [slot for slot in module.arguments if rule.pattern.search(slot.name)]
        divides = any(name is not None for slot in matches for name in rule.axes[: len(slot.shape)])
        if matches and (divides or not any(rule.axes)):
            continue
        found = ", ".join(f"{slot.name} {list(slot.shape)}" for slot in (matches or module.arguments)[:12])
        wanted = "tensors with as many axes as it has" if matches else "a name"
        raise SystemExit(f"--shard {rule.pattern.pattern}: expected a rule that matches {wanted}, found {found}, …")


def whole_inputs(module: Module, mesh: Mesh, rules: Sequence[Rule]) -> list[str]:
    """Inputs that no rule names and whose first axis the devices cannot share."""
    size = mesh.shape.get("data", 1)
    ruled = [slot.name for slot in module.arguments for rule in rules if rule.pattern.search(slot.name)]
    inputs = [slot for slot in module.arguments_of("input") if slot.shape and slot.name not in ruled]
    return [f"{slot.name} {list(slot.shape)}" for slot in inputs if slot.shape[0] % size]


class Program:
    """A module, compiled for a mesh."""

    def __init__(self, module: Module, mesh: Mesh, rules: Sequence[Rule] = (), keeps_state: bool = False):
        self.module = module
        self.shardings = {slot.name: sharding_of(slot, mesh, rules) for slot in module.arguments}
        replicated = NamedSharding(mesh, PartitionSpec())
        results = [self.shardings.get(slot.name, replicated) for slot in module.results]
        donated = [] if keeps_state else [i for i, slot in enumerate(module.arguments) if slot.alias is not None]
        function = jax.jit(
            callable_of(module),
            in_shardings=[self.shardings[slot.name] for slot in module.arguments],
            out_shardings=tuple(
                sharding if slot.role == "state" else replicated for slot, sharding in zip(module.results, results)
            ),
            donate_argnums=donated,
        )
        shapes = [jax.ShapeDtypeStruct(slot.shape, slot.dtype) for slot in module.arguments]
        self.compiled = function.lower(*shapes).compile()

    def place(self, slot: Slot, value: np.ndarray) -> jax.Array:
        """A value on the devices; every process gives the whole of it."""
        sharding = self.shardings[slot.name]
        value = np.asarray(value, slot.dtype)
        if jax.process_count() == 1:
            return jax.device_put(value, sharding)
        return jax.make_array_from_callback(slot.shape, sharding, lambda index: value[index])

    def __call__(self, state: dict[str, jax.Array], batch: Tensors) -> dict[str, jax.Array]:
        """Runs once: writes what is new to `state`, and answers the outputs."""
        given = [
            state[slot.name] if slot.role == "state" else self.place(slot, batch[slot.name])
            for slot in self.module.arguments
        ]
        outputs = {}
        for slot, value in zip(self.module.results, self.compiled(*given)):
            (state if slot.role == "state" else outputs)[slot.name] = value
        return outputs


# -------------------------------------------------------------------------------------------------- checkpoints


def found_or_exit(path: Path) -> Path:
    """The path, if there is something."""
    if not path.exists():
        raise SystemExit(f"expected {path}, found no such file")
    return path


def read_file(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file."""
    try:
        return load_file(found_or_exit(path))
    except SafetensorError as error:
        raise SystemExit(f"{path}: expected a safetensors file: {error}") from None


class Checkpoint:
    """The tensors of a file of `saveModel`, those that a step does not know too, and the texts beside them."""

    def __init__(self, path: Path):
        self.tensors: dict[str, np.ndarray] = read_file(path)
        with safe_open(path, "numpy") as file:
            self.metadata: dict[str, str] = dict(file.metadata() or {})
        self.step = int(self.metadata.get("step", "0"))

    def check(self, module: Module, path: Path) -> None:
        """Ends with a message that names all that does not fit."""
        problems = []
        for slot in module.arguments_of("state"):
            found = self.tensors.get(slot.name)
            if found is None:
                problems.append(f"{slot.name}: missing")
            elif found.shape != slot.shape:
                problems.append(f"{slot.name}: expected shape {list(slot.shape)}, found {list(found.shape)}")
            elif found.dtype != slot.dtype and not np.can_cast(found.dtype, slot.dtype, "same_kind"):
                problems.append(f"{slot.name}: expected {slot.dtype}, found {found.dtype}")
        shapes = {slot.name: slot.shape for slot in module.arguments_of("state")}
        for slot in module.results:
            if slot.role == "state" and shapes.get(slot.name, slot.shape) != slot.shape:
                problems.append(f"{slot.name}: changes its shape, so that the step cannot run again")
        if problems:
            names = ", ".join(sorted(self.tensors)[:12])
            raise SystemExit(f"{path} does not fit {module.name}:\n  " + "\n  ".join(problems) + f"\nIt has {names}, …")

    def save(self, path: Path, state: Mapping[str, jax.Array], step: int) -> None:
        """Writes the state as it is now. All processes take part, and one writes."""
        values = {name: _whole(value) for name, value in state.items()}
        if jax.process_index() > 0:
            return
        # The bytes are taken as they lie, so that they have to lie in order.
        tensors = {name: np.array(value, order="C") for name, value in {**self.tensors, **values}.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_bytes(save(tensors, {**self.metadata, "step": str(step)}))
        os.replace(partial, path)


def _whole(value: jax.Array) -> np.ndarray:
    if value.is_fully_addressable or value.is_fully_replicated:
        return np.asarray(value)
    from jax.experimental import multihost_utils

    return multihost_utils.process_allgather(value, tiled=True)


def checkpoint_path(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}.safetensors"


# --------------------------------------------------------------------------------------------------------- data


def read_tensors(path: Path) -> Tensors:
    """The arrays of a safetensors file, or of the .npy files of a folder, by name."""
    if found_or_exit(path).is_dir():
        return {file.stem: np.load(file, mmap_mode="r") for file in sorted(path.glob("*.npy"))}
    return read_file(path)


def given(tensors: Tensors, slot: Slot, label: str) -> np.ndarray:
    """The tensor for an input, of numbers that it can hold."""
    found = tensors.get(slot.name)
    if found is None:
        raise SystemExit(f"{label}: expected a tensor named {slot.name}, found {', '.join(sorted(tensors)) or 'none'}")
    # Masks are often kept as integers.
    kind = "unsafe" if slot.dtype == "bool" and found.dtype.kind in "iu" else "same_kind"
    if not np.can_cast(found.dtype, slot.dtype, kind):
        raise SystemExit(f"{label}: {slot.name}: expected {slot.dtype}, found {found.dtype}")
    return found


class Examples:
    """Batches from arrays of examples, one after the other; those that are left over at the end come in no batch."""

    def __init__(self, tensors: Tensors, inputs: Sequence[Slot], label: str, seed: int | None = None):
        self.inputs = inputs
        self.seed = seed
        self.tensors: dict[str, np.ndarray] = {}
        lengths = {}
        for slot in inputs:
            found = given(tensors, slot, label)
            self.tensors[slot.name] = found
            if found.shape == () and slot.shape == ():
                continue
            size = slot.shape[0] if slot.shape else 1
            if found.ndim == 0 or found.shape[1:] != slot.shape[1:] or found.shape[0] < size:
                wanted = [f"{size} or more", *slot.shape[1:]]
                raise SystemExit(f"{label}: {slot.name}: expected shape {wanted}, found {list(found.shape)}")
            lengths[slot.name] = found.shape[0] // max(1, size)
        if len(set(lengths.values())) > 1:
            raise SystemExit(f"{label}: expected as many batches of each input, found {lengths}")
        self.batches = next(iter(lengths.values()), 1)

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """The batch of a step, counted from 0."""
        epoch, place = divmod(step, self.batches)
        return {slot.name: self._cut(slot, epoch, place) for slot in self.inputs}

    def _cut(self, slot: Slot, epoch: int, place: int) -> np.ndarray:
        found = self.tensors[slot.name]
        if found.shape == ():
            return found
        size = slot.shape[0] if slot.shape else 1
        rows: slice | np.ndarray = slice(place * size, (place + 1) * size)
        if self.seed is not None:
            # The same order for inputs of as many rows.
            order = np.random.default_rng([self.seed, epoch]).permutation(found.shape[0])
            rows = order[rows]
        return found[rows] if slot.shape else found[rows][0]


def batches_of(stream: BinaryIO, inputs: Sequence[Slot]) -> Iterator[Tensors]:
    """Batches from a pipe: safetensors files, one after the other."""
    for batch in _files_of(stream):
        for slot in inputs:
            shape = given(batch, slot, "the pipe").shape
            if shape != slot.shape:
                raise SystemExit(f"the pipe: {slot.name}: expected shape {list(slot.shape)}, found {list(shape)}")
        yield batch


def _files_of(stream: BinaryIO) -> Iterator[Tensors]:
    while head := _exactly(stream, 8, may_end=True):
        (length,) = struct.unpack("<Q", head)
        header = _exactly(stream, length)
        ends = [entry["data_offsets"][1] for name, entry in json.loads(header).items() if name != "__metadata__"]
        yield load(head + header + _exactly(stream, max(ends, default=0)))


def _exactly(stream: BinaryIO, size: int, may_end: bool = False) -> bytes:
    data = stream.read(size)
    if len(data) < size and not (may_end and not data):
        raise SystemExit(f"the pipe ended within a batch: expected {size} bytes, found {len(data)}")
    return data


# ----------------------------------------------------------------------------------------------------- command


def counted(least: int) -> Callable[[str], int]:
    """Integers from `least` on."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d+", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected an integer from {least} on, found {text!r}")
        return int(text)

    return read


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nnx_js_runner", description="Runs training steps of @nnx-js/export.")
    add = parser.add_argument
    add("folder", type=Path, help="where step.mlir, state.safetensors and data.safetensors are")
    add("--steps", type=counted(0), help="how many steps; all of a pipe, or one pass over the data, unless given")
    add("--devices", type=counted(1), help="how many devices; all that are there, or so many parts of a CPU")
    add("--mesh", help="the devices in another order than in a row: data=4,model=2")
    add("--shard", type=parse_rule, action="append", default=[], metavar="PATTERN=AXES",
        help="divides the state, or inputs, whose names match: 'kernel$=-,model'; the first that matches counts")
    add("--state", type=Path, help="the checkpoint to begin with; the newest in --out with --resume")
    add("--resume", action="store_true", help="goes on from the newest checkpoint in --out")
    add("--data", type=Path, help="a safetensors file, a folder of NAME.npy, or - for batches from a pipe")
    add("--shuffle", type=int, metavar="SEED", help="takes the examples of each pass in a random order")
    add("--out", type=Path, help="where checkpoints and log.jsonl go; FOLDER/run unless given")
    add("--save-every", type=counted(1), metavar="STEPS", help="writes checkpoints on the way; one comes at the end")
    add("--log-every", type=counted(1), default=100, metavar="STEPS")
    add("--evaluate-every", type=counted(1), metavar="STEPS",
        help="where the folder has eval.mlir; after each pass over the data unless given")
    add("--hlo", type=Path, help="writes what XLA made of the step")
    add("--distributed", action="store_true", help="one of several processes; the rest is found out by JAX, or given:")
    add("--coordinator", metavar="ADDRESS", help="of the first process, HOST:PORT")
    add("--processes", type=int)
    add("--process", type=int)
    return parser.parse_args(arguments)


class Log:
    """Lines of JSON, in a file and on the screen; what they say is read from the devices when a line is due."""

    def __init__(self, path: Path):
        self.waiting: list[tuple[dict[str, Any], Mapping[str, jax.Array]]] = []
        self.file = None
        if jax.process_index() == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = path.open("a")

    def add(self, entry: dict[str, Any], outputs: Mapping[str, jax.Array]) -> None:
        self.waiting.append((entry, {name: value for name, value in outputs.items() if value.ndim == 0}))

    def write(self) -> None:
        lines = [
            json.dumps({**entry, **{name: _whole(value).item() for name, value in outputs.items()}})
            for entry, outputs in self.waiting
        ]
        self.waiting = []
        if self.file is None or not lines:
            return
        self.file.writelines(f"{line}\n" for line in lines)
        self.file.flush()
        print(lines[-1], flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    forced = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if options.distributed:
        jax.distributed.initialize(options.coordinator, options.processes, options.process)
    elif options.devices is not None and not forced:
        # Says nothing of other devices.
        jax.config.update("jax_num_cpu_devices", options.devices)
    folder, out = options.folder, options.out or options.folder / "run"
    module = read_module(found_or_exit(folder / "step.mlir").read_text())
    mesh = make_mesh(options.mesh, options.devices or jax.device_count())
    check_rules(module, options.shard)
    whole = whole_inputs(module, mesh, options.shard)
    if whole and jax.process_index() == 0:
        print(f"{', '.join(whole)}: cannot be divided by {mesh.shape['data']}, each device has all of it", flush=True)
    path = options.state or folder / "state.safetensors"
    if options.resume:
        path = max(out.glob("step-*.safetensors"), default=path)
    checkpoint = Checkpoint(path)
    checkpoint.check(module, path)

    started = time.monotonic()
    program = Program(module, mesh, options.shard)
    if options.hlo:
        options.hlo.write_text(program.compiled.as_text())
    state = {slot.name: program.place(slot, checkpoint.tensors[slot.name]) for slot in module.arguments_of("state")}
    if jax.process_index() == 0:
        seconds = time.monotonic() - started
        print(f"{module.name}: compiled for {mesh.size} {jax.default_backend()} devices in {seconds:.1f} s", flush=True)

    inputs = module.arguments_of("input")
    if str(options.data) == "-":
        examples = None
        pipe = batches_of(sys.stdin.buffer, inputs)
        total = options.steps if options.steps is not None else sys.maxsize
    else:
        data = options.data or folder / "data.safetensors"
        tensors = read_tensors(data) if inputs or data.exists() else {}
        examples = Examples(tensors, inputs, str(data), options.shuffle)
        total = options.steps if options.steps is not None else examples.batches

    evaluation = None
    if (folder / "eval.mlir").exists():
        judged = read_module((folder / "eval.mlir").read_text())
        checkpoint.check(judged, path)
        held = folder / "eval.safetensors"
        every = options.evaluate_every or (examples.batches if examples else options.log_every)
        evaluation = (
            Program(judged, mesh, options.shard, keeps_state=True),
            Examples(read_tensors(held), judged.arguments_of("input"), str(held)),
            every,
        )
        for slot in judged.arguments_of("state"):
            if slot.name not in state:
                state[slot.name] = evaluation[0].place(slot, checkpoint.tensors[slot.name])

    log = Log(out / "log.jsonl")
    first = checkpoint.step
    step = first
    started = time.monotonic()
    while step < first + total:
        batch = examples.batch(step) if examples else next(pipe, None)
        if batch is None:
            break
        outputs = program(state, batch)
        step += 1
        log.add({"step": step}, outputs)
        if step % options.log_every == 0:
            log.write()
        if evaluation and step % evaluation[2] == 0:
            judge, held_out, _ = evaluation
            # What an evaluation writes, such as counters, is not the run's.
            judged_outputs = [judge(dict(state), held_out.batch(i)) for i in range(held_out.batches)]
            means = {name: jnp.mean(jnp.stack([each[name] for each in judged_outputs])) for name in judged_outputs[0]}
            log.add({"step": step, "evaluation": True}, means)
            log.write()
        if options.save_every and step % options.save_every == 0 and step < first + total:
            checkpoint.save(checkpoint_path(out, step), state, step)
    log.write()
    checkpoint.save(checkpoint_path(out, step), state, step)
    if jax.process_index() == 0:
        seconds = time.monotonic() - started
        print(f"{step - first} steps in {seconds:.1f} s: {checkpoint_path(out, step)}", flush=True)


if __name__ == "__main__":
    main()
