/** @file Kernels that only move elements. */
import { denseSlice } from "@nnx-js/tensor";
import { type StridedSliceAttrs, util } from "@tensorflow/tfjs-core";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf, typeText } from "../mlir/operand.ts";
import { ANY, type KernelRules, rule, share, type X } from "../rule.ts";

/** The same elements in the same order, under another shape. */
const reshape = rule(ANY, (b, inputs, _, [output]) => b.reshape(Object.values(inputs)[0]!, output!.shape));

/** `sizes` elements from `begin` on, with steps that may be negative. */
function strided(
  b: Builder,
  x: Operand,
  begin: readonly number[],
  sizes: readonly number[],
  steps: readonly number[],
): Operand {
  // Backwards from the first is forwards from the last.
  const low = begin.map((from, i) => (steps[i]! < 0 ? from + (sizes[i]! - 1) * steps[i]! : from));
  const strides = steps.map(Math.abs);
  const end = low.map((from, i) => from + (sizes[i]! - 1) * strides[i]! + 1);
  const backwards = steps.flatMap((step, axis) => (step < 0 ? [axis] : []));
  return b.reverse(b.slice(x, low, end, strides), backwards);
}

/** `x` continued at both ends of an axis by its own elements in reverse; `shared` ones at the edge are not repeated. */
function mirrored(
  b: Builder,
  x: Operand,
  axis: number,
  [before, after]: readonly [number, number],
  shared: 0 | 1,
): Operand {
  const n = x.shape[axis]!;
  const piece = (begin: number, size: number) => b.reverse(b.part(x, axis, begin, size), [axis]);
  const pieces = [x];
  if (before > 0) pieces.unshift(piece(shared, before));
  if (after > 0) pieces.push(piece(n - shared - after, after));
  return b.concatenate(pieces, axis);
}

function tile(b: Builder, x: Operand, reps: readonly number[], shape: readonly number[]): Operand {
  const apart = x.shape.flatMap((size, axis) => [reps[axis]!, size]);
  const repeated = b.broadcastInDim(
    x,
    apart,
    x.shape.map((_, axis) => 2 * axis + 1),
  );
  return b.reshape(repeated, shape);
}

/** Reshapes, transposes, slices, joins, pads and repetitions. */
export const layout: KernelRules = {
  ...share(["Reshape", "ExpandDims"], reshape),
  BroadcastTo: rule<X>(ANY, (b, { x }, _, [output]) => b.broadcast(x, output!.shape)),
  Concat: rule<Record<string, Operand>, { axis: number }>(ANY, (b, inputs, { axis }) => {
    const parts = Object.values(inputs);
    return b.concatenate(parts, util.parseAxisParam(axis, [...parts[0]!.shape])[0] ?? 0);
  }),
  MirrorPad: rule<X, { paddings: [number, number][]; mode: "reflect" | "symmetric" }>(
    ANY,
    (b, { x }, { paddings, mode }) =>
      paddings.reduce(
        (padded, padding, axis) => mirrored(b, padded, axis, padding, mode === "reflect" ? 1 : 0),
        x,
      ),
  ),
  Pack: rule<Record<string, Operand>, { axis: number }>(ANY, (b, inputs, { axis }, [output]) => {
    const { shape } = output!;
    const at = axis < 0 ? axis + shape.length : axis;
    const one = shape.map((size, i) => (i === at ? 1 : size));
    return b.concatenate(
      Object.values(inputs).map((x) => b.reshape(x, one)),
      at,
    );
  }),
  PadV2: rule<X, { paddings: [number, number][]; constantValue: number }>(
    ANY,
    (b, { x }, { paddings, constantValue }) => b.pad(x, constantValue, paddings),
  ),
  // What `remat` computes again is no repetition to XLA either.
  OptimizationBarrier: rule(ANY, (b, inputs) => {
    const operands = Object.values(inputs);
    const names = operands.map(({ name }) => name).join(", ");
    return b.operation(
      `stablehlo.optimization_barrier ${names} : ${operands.map(typeText).join(", ")}`,
      operands,
    );
  }),
  Reverse: rule<X, { dims: number | number[] }>(ANY, (b, { x }, { dims }) =>
    b.reverse(
      x,
      [...new Set(util.parseAxisParam(dims, [...x.shape]))].sort((p, q) => p - q),
    ),
  ),
  Slice: rule<X, { begin: number | number[] }>(ANY, (b, { x }, { begin }, [output]) => {
    const starts = typeof begin === "number" ? [begin] : begin;
    const from = x.shape.map((_, axis) => starts[axis] ?? 0);
    return b.slice(
      x,
      from,
      from.map((start, axis) => start + output!.shape[axis]!),
    );
  }),
  SplitV: rule<X, { axis: number }>(ANY, (b, { x }, { axis }, outputs) => {
    const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
    let begin = 0;
    return outputs.map(({ shape }) => {
      const part = b.part(x, at, begin, shape[at]!);
      begin += shape[at]!;
      return part;
    });
  }),
  StridedSlice: rule<X, StridedSliceAttrs>(ANY, (b, { x }, attrs, [output]) => {
    const { shape } = output!;
    if (sizeOf(shape) === 0) return b.fill(0, shape, x.type);
    const { begin, strides, sizes } = denseSlice(x.shape, attrs);
    return b.reshape(strided(b, x, begin, sizes, strides), shape);
  }),
  Tile: rule<X, { reps: number[] }>(ANY, (b, { x }, { reps }, [output]) => tile(b, x, reps, output!.shape)),
  Transpose: rule<X, { perm: number[] }>(ANY, (b, { x }, { perm }) => b.transpose(x, perm)),
  Unpack: rule<{ value: Operand }, { axis: number }>(ANY, (b, { value }, { axis }, outputs) => {
    const at = axis < 0 ? axis + value.shape.length : axis;
    return outputs.map(({ shape }, i) => b.reshape(b.part(value, at, i, 1), shape));
  }),
};
