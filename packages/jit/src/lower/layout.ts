/** @file Lowerings of kernels that only move elements. */
import { denseSlice } from "@nnx-js/tensor";
import { type StridedSliceAttrs, util } from "@tensorflow/tfjs-core";
import { constant } from "../expr/expr.ts";
import { broadcast, contiguous, product, sliced } from "../expr/segments.ts";
import { laneOfDtype, type Lowering, type Tensor } from "./context.ts";
import { load } from "../expr/expr.ts";
import { toLane } from "./convert.ts";
import { along, broadcastTo, resized, reversed, slice, transpose } from "./moves.ts";
import { type LoweringRules, rule, share, type X } from "./rule.ts";
import { ANY } from "./takes.ts";

/** The same elements in the same order, under another shape. */
const reshape = rule(ANY, (_, inputs, __, [output]) => ({
  ...Object.values(inputs)[0]!,
  shape: output!.shape,
}));

/** Axis `axis` of each of `tensors` cut out of one tensor of `shape` and filled from them, one after the other. */
function join(
  lowering: Lowering,
  tensors: readonly Tensor[],
  axis: number,
  shape: readonly number[],
): Tensor {
  const { dtype } = tensors[0]!;
  const size = product(shape);
  const buffer = lowering.buffer(size);
  let begin = 0;
  for (const tensor of tensors) {
    const part = resized(shape, axis, tensor.shape[axis]!);
    const start = along(shape, axis, begin);
    begin += tensor.shape[axis]!;
    if (product(part) === 0) continue;
    const layout = sliced(shape, start, part)(contiguous(size))!;
    lowering.map(product(part), { buffer, layout, expr: toLane(tensor.expr, laneOfDtype(dtype)) });
  }
  return { shape, dtype, expr: load(buffer, laneOfDtype(dtype)) };
}

type Paddings = readonly (readonly [before: number, after: number])[];

/** `x` in the middle of a larger tensor; the rest is `value`. */
export function padded(lowering: Lowering, x: Tensor, paddings: Paddings, value: number): Tensor {
  const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
  const lane = laneOfDtype(x.dtype);
  const size = product(shape);
  if (size === product(x.shape)) return { ...x, shape };
  const buffer = lowering.buffer(size);
  lowering.map(size, { buffer, layout: contiguous(size), expr: constant(value, lane) });
  const layout = sliced(
    shape,
    paddings.map(([before]) => before),
    x.shape,
  )(contiguous(size))!;
  if (product(x.shape) > 0) lowering.map(product(x.shape), { buffer, layout, expr: x.expr });
  return { shape, dtype: x.dtype, expr: load(buffer, lane) };
}

/** `x` continued at both ends of an axis by its own elements in reverse; `shared` ones at the edge are not repeated. */
function mirrored(
  lowering: Lowering,
  x: Tensor,
  axis: number,
  [before, after]: readonly [number, number],
  shared: 0 | 1,
) {
  const n = x.shape[axis]!;
  const pieces: Tensor[] = [];
  const piece = (begin: number, size: number, step: number) =>
    slice(
      lowering,
      x,
      along(x.shape, axis, begin),
      resized(x.shape, axis, size),
      along(x.shape, axis, step, 1),
    );
  if (before > 0) pieces.push(piece(before - 1 + shared, before, -1));
  pieces.push(x);
  if (after > 0) pieces.push(piece(n - 1 - shared, after, -1));
  if (pieces.length === 1) return x;
  return join(lowering, pieces, axis, resized(x.shape, axis, before + n + after));
}

function tile(lowering: Lowering, x: Tensor, reps: readonly number[], shape: readonly number[]): Tensor {
  if (x.expr.kind === "const") return { ...x, shape };
  const apart = x.shape.flatMap((size) => [1, size]);
  const repeated = x.shape.flatMap((size, axis) => [reps[axis]!, size]);
  const source = lowering.held(x);
  const result = lowering.move({ ...source, shape: apart }, repeated, broadcast(apart, repeated));
  return { ...result, shape };
}

/** Reshapes, transposes, slices, joins, pads and repetitions. */
export const layout: LoweringRules = {
  ...share(["Reshape", "ExpandDims"], reshape),
  BroadcastTo: rule<X>(ANY, (lowering, { x }, _, [output]) => broadcastTo(lowering, x, output!.shape)),
  Concat: rule<Record<string, Tensor>, { axis: number }>(
    { all: ANY, alike: true },
    (lowering, inputs, { axis }, [output]) => {
      const tensors = Object.values(inputs);
      const [at = 0] = util.parseAxisParam(axis, [...tensors[0]!.shape]);
      return join(lowering, tensors, at, output!.shape);
    },
  ),
  MirrorPad: rule<X, { paddings: [number, number][]; mode: "reflect" | "symmetric" }>(
    ANY,
    (lowering, { x }, { paddings, mode }) =>
      paddings.reduce(
        (padded, padding, axis) => mirrored(lowering, padded, axis, padding, mode === "reflect" ? 1 : 0),
        x,
      ),
  ),
  Pack: rule<Record<string, Tensor>, { axis: number }>(
    { all: ANY, alike: true },
    (lowering, inputs, { axis }, [output]) => {
      const { shape } = output!;
      const at = axis < 0 ? axis + shape.length : axis;
      const tensors = Object.values(inputs).map((tensor) => ({
        ...tensor,
        shape: resized(shape, at, 1),
      }));
      return join(lowering, tensors, at, shape);
    },
  ),
  PadV2: rule<X, { paddings: [number, number][]; constantValue: number }>(
    ANY,
    (lowering, { x }, { paddings, constantValue }) => padded(lowering, x, paddings, constantValue),
  ),
  Reverse: rule<X, { dims: number | number[] }>(ANY, (lowering, { x }, { dims }) =>
    reversed(lowering, x, new Set(util.parseAxisParam(dims, [...x.shape]))),
  ),
  Slice: rule<X, { begin: number | number[]; size: number | number[] }>(
    ANY,
    (lowering, { x }, { begin }, [output]) => {
      const starts = typeof begin === "number" ? [begin] : begin;
      return slice(
        lowering,
        x,
        x.shape.map((_, axis) => starts[axis] ?? 0),
        output!.shape,
      );
    },
  ),
  SplitV: rule<X, { axis: number }>(ANY, (lowering, { x }, { axis }, outputs) => {
    const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
    let start = 0;
    return outputs.map(({ shape }) => {
      const begin = along(x.shape, at, start);
      start += shape[at]!;
      return slice(lowering, x, begin, shape);
    });
  }),
  StridedSlice: rule<X, StridedSliceAttrs>(ANY, (lowering, { x }, attrs, [output]) => {
    const { begin, strides, sizes } = denseSlice(x.shape, attrs);
    const { shape } = output!;
    if (product(shape) === 0) return { ...x, shape, expr: constant(0, laneOfDtype(x.dtype)) };
    return { ...slice(lowering, x, begin, sizes, strides), shape };
  }),
  Tile: rule<X, { reps: number[] }>(ANY, (lowering, { x }, { reps }, [output]) =>
    tile(lowering, x, reps, output!.shape),
  ),
  Transpose: rule<X, { perm: number[] }>(ANY, (lowering, { x }, { perm }) => transpose(lowering, x, perm)),
  Unpack: rule<{ value: Tensor }, { axis: number }>(ANY, (lowering, { value }, { axis }, outputs) => {
    const at = axis < 0 ? axis + value.shape.length : axis;
    const size = resized(value.shape, at, 1);
    return outputs.map(({ shape }, i) => ({
      ...slice(lowering, value, along(size, at, i), size),
      shape,
    }));
  }),
};
