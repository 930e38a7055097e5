/** @file Kernels that only move elements. */
import { denseSlice } from "@nnx-js/tensor";
import type { StridedSliceAttrs } from "@tensorflow/tfjs-core";
import { axisFirst, channelsFirst, toFirst, toLast } from "../build/channels.ts";
import type { Emission } from "../build/emission.ts";
import { areStatic, type Dim, type Dims, isSameDim, isStatic, plus } from "../symbolic/dim.ts";
import type { Attr, Value } from "../symbolic/graph.ts";
import { ANY, axesOf, rule, type Rules, share } from "./rule.ts";

/** The end of an axis, for Slice. */
const END = 2 ** 31 - 1;

/** What stands in shapes for an axis that is cut out. */
interface Cut {
  readonly axis: number;
  readonly begin: Dim;
  readonly end: Dim;
  readonly step?: number;
}

/** `name` of shape `shape`, cut along some axes. */
export function sliced({ graph }: Emission, name: string, cuts: readonly Cut[]): string {
  if (cuts.length === 0) return name;
  const steps = cuts.map(({ step = 1 }) => step);
  const inputs = [
    name,
    graph.dims(cuts.map(({ begin }) => begin)),
    graph.dims(cuts.map(({ end }) => end)),
    graph.ints(cuts.map(({ axis }) => axis)),
  ];
  return graph.op("Slice", steps.every((step) => step === 1) ? inputs : [...inputs, graph.ints(steps)]);
}

/** The cuts that take `size` elements from `begin` on along each axis. */
function cutsOf(shape: Dims, begin: Dims, size: Dims): Cut[] {
  return shape.flatMap((all, axis): Cut[] => {
    const [from, length] = [begin[axis] ?? 0, size[axis]!];
    if (from === 0 && isSameDim(all, length)) return [];
    const end = plus(from, length);
    return [{ axis, begin: from, end: isSameDim(end, all) ? END : end }];
  });
}

/** All elements of an axis in reverse. */
function reversed(emission: Emission, name: string, axes: readonly number[]): string {
  return sliced(
    emission,
    name,
    axes.map((axis) => ({ axis, begin: END, end: -END, step: -1 })),
  );
}

/** The sizes of the places of an image, without those that are 1. */
function placesOf(shape: Dims): Dims {
  return shape.slice(1, -1).filter((dim) => dim !== 1);
}

/** A reshape that only puts in or takes out places of size 1, between the batch and the channels. */
function keepsChannels(from: Dims, to: Dims): boolean {
  const [before, after] = [placesOf(from), placesOf(to)];
  return (
    from.length > 2 &&
    to.length > 2 &&
    isSameDim(from[0]!, to[0]!) &&
    isSameDim(from.at(-1)!, to.at(-1)!) &&
    before.length === after.length &&
    before.every((dim, i) => isSameDim(dim, after[i]!))
  );
}

const reshape = rule<Record<string, Value>>(ANY, (emission, inputs, _, [output]) => {
  const [x] = Object.values(inputs) as [Value];
  const form = emission.form(x);
  if (form?.kind === "channelsFirst" && keepsChannels(x.shape, output.shape)) {
    const shape = channelsFirst(output.shape);
    const name = emission.graph.reshape(form.name, form.shape, shape);
    emission.setForm(output, { kind: "channelsFirst", name, shape });
    return;
  }
  if (form?.kind === "broadcast" && form.shape.every((dim) => dim === 1)) {
    emission.setForm(output, {
      kind: "broadcast",
      name: emission.graph.reshape(form.name, form.shape, []),
      shape: [],
    });
    return;
  }
  const { name, shape } = emission.base(x);
  if (emission.array(x) && areStatic(output.shape))
    emission.set(output, emission.graph.reshape(name, shape, output.shape));
  else emission.setForm(output, { kind: "reshaped", name, shape });
});

/** One number in all places: made where it is needed only. */
function filled(emission: Emission, output: Value, value: number): void {
  emission.setForm(output, { kind: "broadcast", name: emission.number(value, output.dtype), shape: [] });
}

/** `x`, one after the other in some order, along one axis. */
function concatenated(emission: Emission, names: readonly string[], axis: number): string {
  return names.length === 1 ? names[0]! : emission.graph.op("Concat", names, { axis });
}

type Paddings = readonly (readonly [Dim, Dim])[];

/** `name` with `value` around it. */
export function padded({ graph }: Emission, name: string, paddings: Paddings, value: string): string {
  const axes = [...paddings.keys()].filter((axis) => paddings[axis]!.some((size) => size !== 0));
  if (axes.length === 0) return name;
  const sizes = [0, 1].flatMap((side) => axes.map((axis) => paddings[axis]![side]!));
  return graph.op("Pad", [name, graph.dims(sizes), value, graph.ints(axes)]);
}

/** `x` continued at both ends of an axis by its own elements in reverse. */
function mirrored(
  emission: Emission,
  name: string,
  axis: number,
  [before, after]: readonly [number, number],
  isReflected: boolean,
): string {
  const skip = isReflected ? 1 : 0;
  const parts = [name];
  const turned = (cut: Omit<Cut, "axis">) =>
    reversed(emission, sliced(emission, name, [{ axis, ...cut }]), [axis]);
  if (before > 0) parts.unshift(turned({ begin: skip, end: before + skip }));
  if (after > 0) parts.push(turned({ begin: -after - skip, end: isReflected ? -1 : END }));
  return concatenated(emission, parts, axis);
}

function repeated(emission: Emission, x: Value, output: Value): void {
  const { name, shape } = emission.narrow(x);
  const lead = output.shape.length - shape.length;
  const isBroadcast = shape.every((dim, axis) => dim === 1 || isSameDim(dim, output.shape[axis + lead]!));
  if (isBroadcast) {
    emission.setForm(output, { kind: "broadcast", name, shape });
    return;
  }
  const { graph } = emission;
  if (!areStatic(x.shape) || !areStatic(output.shape)) {
    throw new Error("internal: a tile along the batch");
  }
  const reps = output.shape.map((size, axis) =>
    x.shape[axis] === 0 ? 1 : size / (x.shape as number[])[axis]!,
  );
  emission.set(output, graph.op("Tile", [emission.name(x), graph.ints(reps)]));
}

/** Layout kernels. */
export const layout: Rules = {
  ...share(["Reshape", "ExpandDims"], reshape),
  Identity: rule(ANY, (emission, { x }, _, [output]) => emission.set(output, emission.name(x))),
  // What is computed again is merged there: ONNX has no such thing.
  OptimizationBarrier: rule(ANY, (emission, inputs, _, outputs) => {
    for (const [i, input] of Object.values(inputs).entries()) emission.set(outputs[i]!, emission.name(input));
  }),
  OnesLike: rule(ANY, (emission, _, __, [output]) => filled(emission, output, 1)),
  ZerosLike: rule(ANY, (emission, _, __, [output]) => filled(emission, output, 0)),
  Fill: rule<object, { value: Dim | boolean }>(ANY, (emission, _, { value }, [output]) => {
    if (typeof value !== "object") {
      filled(emission, output, Number(value));
      return;
    }
    const size = emission.graph.cast(emission.graph.size(value), "int64", output.dtype);
    emission.setForm(output, { kind: "broadcast", name: size, shape: [1] });
  }),
  Tile: rule<{ x: Value }, { reps: readonly Dim[] }>(ANY, (emission, { x }, { reps }, [output]) => {
    const isPlain = reps.every((count, axis) => count === 1 || x.shape[axis] === 1);
    if (isPlain) repeated(emission, x, output);
    else emission.set(output, emission.graph.op("Tile", [emission.name(x), emission.graph.dims(reps)]));
  }),
  Range: rule<object, { start: Dim; stop: Dim; step: number }>(
    ANY,
    (emission, _, { start, step }, [output]) => {
      const { graph } = emission;
      const { dtype } = output;
      const number = (value: Dim) =>
        isStatic(value)
          ? emission.number(value, dtype)
          : graph.reshape(graph.cast(graph.size(value), "int64", dtype), [1], []);
      const count = graph.reshape(graph.cast(graph.size(output.shape[0]!), "int64", dtype), [1], []);
      const places = graph.op("Range", [emission.number(0, dtype), count, emission.number(1, dtype)]);
      const scaled = step === 1 ? places : graph.op("Mul", [places, emission.number(step, dtype)]);
      emission.set(output, start === 0 ? scaled : graph.op("Add", [scaled, number(start)]));
    },
  ),
  Transpose: rule<{ x: Value }, { perm: readonly number[] }>(ANY, (emission, { x }, { perm }, [output]) => {
    const form = emission.form(x);
    const isTo = (order: readonly number[]) => perm.length > 2 && perm.every((axis, i) => axis === order[i]);
    if (form?.kind === "channelsFirst" && isTo(toFirst(perm.length))) emission.set(output, form.name);
    else if (isTo(toLast(perm.length)))
      emission.setForm(output, { kind: "channelsFirst", name: emission.name(x), shape: x.shape });
    else emission.set(output, emission.graph.transpose(emission.name(x), perm));
  }),
  Concat: rule<Record<string, Value>, { axis: number }>(ANY, (emission, inputs, attrs, [output]) => {
    const rank = output.shape.length;
    const [axis = 0] = axesOf(attrs.axis, rank);
    const values = Object.values(inputs);
    const forms = values.map((value) => emission.form(value));
    if (forms.every((form) => form?.kind === "channelsFirst")) {
      const names = forms.map((form) => form!.name);
      const name = concatenated(emission, names, axisFirst(axis, rank));
      emission.setForm(output, { kind: "channelsFirst", name, shape: channelsFirst(output.shape) });
      return;
    }
    emission.set(
      output,
      concatenated(
        emission,
        values.map((value) => emission.name(value)),
        axis,
      ),
    );
  }),
  Pack: rule<Record<string, Value>, { axis: number }>(ANY, (emission, inputs, attrs, [output]) => {
    const { graph } = emission;
    const [axis = 0] = axesOf(attrs.axis, output.shape.length);
    const names = Object.values(inputs).map((value) =>
      graph.op("Unsqueeze", [emission.name(value), graph.ints([axis])]),
    );
    emission.set(output, concatenated(emission, names, axis));
  }),
  Unpack: rule<{ value: Value }, { axis: number }>(ANY, (emission, { value }, attrs, outputs) => {
    const { graph } = emission;
    const [axis = 0] = axesOf(attrs.axis, value.shape.length);
    const index = (i: number) =>
      graph.constant({ dtype: "int64", shape: [], elements: BigInt64Array.of(BigInt(i)) });
    for (const [i, output] of outputs.entries()) {
      emission.set(output, graph.op("Gather", [emission.name(value), index(i)], { axis }));
    }
  }),
  SplitV: rule<{ x: Value }, { axis: number }>(ANY, (emission, { x }, attrs, outputs) => {
    const { graph } = emission;
    const [axis = 0] = axesOf(attrs.axis, x.shape.length);
    const sizes = graph.dims(outputs.map(({ shape }) => shape[axis]!));
    const names = graph.ops("Split", [emission.name(x), sizes], { axis }, outputs.length);
    for (const [i, output] of outputs.entries()) emission.set(output, names[i]!);
  }),
  Slice: rule<{ x: Value }, { begin: Attr }>(ANY, (emission, { x }, { begin }, [output]) => {
    const starts = (Array.isArray(begin) ? begin : [begin]) as Dim[];
    emission.set(output, sliced(emission, emission.name(x), cutsOf(x.shape, starts, output.shape)));
  }),
  StridedSlice: rule<{ x: Value }, StridedSliceAttrs>(ANY, (emission, { x }, attrs, [output], node) => {
    if (!areStatic(x.shape) || !areStatic(output.shape)) {
      throw emission.unsupported(
        node,
        "of a tensor whose size follows the batch",
        "Use tf.slice, or export without dynamicBatch.",
      );
    }
    const { begin, strides, sizes } = denseSlice(x.shape, attrs);
    const cuts = x.shape.map((_, axis): Cut => {
      const step = strides[axis]!;
      const end = begin[axis]! + step * sizes[axis]!;
      return { axis, begin: begin[axis]!, end: step < 0 && end < 0 ? -END : end, step };
    });
    const name = sliced(emission, emission.name(x), cuts);
    emission.set(output, emission.graph.reshape(name, sizes, output.shape));
  }),
  Reverse: rule<{ x: Value }, { dims: Attr }>(ANY, (emission, { x }, { dims }, [output]) =>
    emission.set(output, reversed(emission, emission.name(x), axesOf(dims, x.shape.length))),
  ),
  FlipLeftRight: rule<{ image: Value }>(ANY, (emission, { image }, _, [output]) =>
    emission.set(output, reversed(emission, emission.name(image), [2])),
  ),
  PadV2: rule<{ x: Value }, { paddings: Paddings; constantValue: number }>(
    ANY,
    (emission, { x }, { paddings, constantValue }, [output]) => {
      const value = emission.number(constantValue, x.dtype);
      const form = emission.form(x);
      if (form?.kind === "channelsFirst") {
        const name = padded(emission, form.name, channelsFirstPairs(paddings), value);
        emission.setForm(output, { kind: "channelsFirst", name, shape: channelsFirst(output.shape) });
        return;
      }
      emission.set(output, padded(emission, emission.name(x), paddings, value));
    },
  ),
  MirrorPad: rule<{ x: Value }, { paddings: readonly (readonly [number, number])[]; mode: string }>(
    ANY,
    (emission, { x }, { paddings, mode }, [output]) => {
      const name = paddings.reduce(
        (name, padding, axis) => mirrored(emission, name, axis, padding, mode === "reflect"),
        emission.name(x),
      );
      emission.set(output, name);
    },
  ),
  Diag: rule(ANY, (emission, { x }, _, [output]) => {
    const { graph } = emission;
    const size = x.shape.reduce<number>((product, dim) => product * (dim as number), 1);
    const elements = Uint8Array.from({ length: size * size }, (_, i) =>
      Number(i % size === Math.floor(i / size)),
    );
    const isDiagonal = graph.constant({ dtype: "bool", shape: [size, size], elements });
    const row = graph.reshape(emission.cast(x, x.dtype === "bool" ? "int32" : x.dtype), x.shape, [1, size]);
    const dtype = x.dtype === "bool" ? "int32" : x.dtype;
    const square = graph.op("Where", [isDiagonal, row, emission.number(0, dtype)]);
    emission.set(output, graph.reshape(graph.cast(square, dtype, x.dtype), [size, size], output.shape));
  }),
};

function channelsFirstPairs(paddings: Paddings): Paddings {
  return toFirst(paddings.length).map((axis) => paddings[axis]!);
}
