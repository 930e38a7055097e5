/** @file Lowerings of gathers, scatters and segment sums. */
import { util } from "@tensorflow/tfjs-core";
import type { ScatterMode } from "../steps/specs/scatter.ts";
import { add, and, le, lt, mul, select } from "../expr/arithmetic.ts";
import { constant, type Expr, load } from "../expr/expr.ts";
import { apply } from "../expr/operations.ts";
import { broadcast, product, simplify } from "../expr/segments.ts";
import { laneOfDtype, type Lowering, type Tensor } from "./context.ts";
import { converted, filled, toLane } from "./convert.ts";
import { along, broadcastTo, slice } from "./moves.ts";
import { reduced } from "./reduction.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { ANY, INT, NUMBERS } from "./takes.ts";
import { tabulated } from "./tables.ts";

const i32 = (value: number) => constant(value, "i32");

/** What stands where an index names nothing: NaN, the lowest integer, true. */
const ABSENT = { float32: NaN, int32: -(2 ** 31), bool: 1 } as const;

/** What becomes of indices that are not in `[0, n)`. */
type Outside =
  /** There are none. */
  | "never"
  /** What they name is absent. */
  | "absent"
  /** From -n on they count from the end; what others name is absent. As `jnp.take`. */
  | "from the end";

/** The parts of `x` along `axis` that `indices` name. */
export function gather(
  lowering: Lowering,
  x: Tensor,
  indices: Tensor,
  axis: number,
  batchDims: number,
  outside: Outside = "never",
): Tensor {
  const source = lowering.strided(x);
  const at = lowering.held(indices);
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const chosen = indices.shape.slice(batchDims);
  const shape = [...before, ...chosen, ...after];
  const limit = x.shape[axis]!;
  if (product(shape) === 0 || limit === 0) return filled(shape, x.dtype, ABSENT[x.dtype]);
  const segments = simplify([
    ...before.map((size, i) => ({ size, stride: source.strides[i]! })),
    ...chosen.map((size) => ({ size, stride: 0 })),
    ...after.map((size, i) => ({ size, stride: source.strides[axis + 1 + i]! })),
  ]);
  const aligned = [
    ...indices.shape.slice(0, batchDims),
    ...before.slice(batchDims).map(() => 1),
    ...chosen,
    ...after.map(() => 1),
  ];
  const given = toLane(
    lowering.move({ ...at, shape: aligned }, shape, broadcast(aligned, shape)).expr,
    "i32",
  );
  const isNegative = lt(given, 0);
  const index = outside === "from the end" ? select(isNegative, add(given, limit), given) : given;
  const { lane } = x.expr;
  const expr: Expr = {
    kind: "gather",
    lane,
    buffer: source.buffer,
    offset: source.offset,
    segments,
    index,
    stride: source.strides[axis]!,
    limit,
  };
  if (outside === "never") return { shape, dtype: x.dtype, expr };
  const absent = constant(ABSENT[x.dtype], lane);
  return { shape, dtype: x.dtype, expr: select(isBelow(index, limit), expr, absent) };
}

/** Whether `index` is in `[0, limit)`. */
function isBelow(index: Expr, limit: number): Expr {
  return and(le(0, index), lt(index, limit));
}

/** The row-major place in the first axes of `shape` that each index tuple, in the last axis of `indices`, names; outside, -1. */
function places(lowering: Lowering, indices: Tensor, shape: readonly number[]): Tensor {
  const depth = indices.shape.at(-1)!;
  const tuples = indices.shape.slice(0, -1);
  let step = product(shape.slice(0, depth));
  let sum: Expr = i32(0);
  let isInside: Expr = constant(1, "bool");
  const source = lowering.held(indices);
  for (let axis = 0; axis < depth; axis++) {
    step /= shape[axis]!;
    const begin = along(indices.shape, tuples.length, axis);
    const part = slice(lowering, source, begin, [...tuples, 1]);
    const index = toLane(part.expr, "i32");
    sum = add(sum, mul(index, step));
    isInside = and(isInside, isBelow(index, shape[axis]!));
  }
  return { shape: tuples, dtype: "int32", expr: select(isInside, sum, -1) };
}

interface Scattered {
  /** What the rows are put into. */
  onto: Tensor;
  /** The row for each of the updates; those outside are left out. */
  rows: Tensor;
  updates: Tensor;
  mode: ScatterMode;
}

function scatter(lowering: Lowering, scattered: Scattered): Tensor {
  const { onto, rows, updates, mode } = scattered;
  if (onto.dtype === "bool" && mode === "add") {
    // Truth values are counted: what was not, is false.
    const [counts, ones] = [onto, updates].map((tensor) => converted(tensor, "int32")) as [Tensor, Tensor];
    return converted(scatter(lowering, { ...scattered, onto: counts, updates: ones }), "bool");
  }
  const { shape, dtype } = onto;
  const size = product(shape);
  const count = product(rows.shape);
  if (size === 0 || count === 0) return onto;
  const inner = product(updates.shape) / count;
  const lane = laneOfDtype(dtype);
  const target = lowering.buffer(size);
  const [values, at] = [lowering.bufferOf(updates), lowering.bufferOf(rows)];
  lowering.map(size, { buffer: target, layout: load(target, lane), expr: onto.expr });
  lowering.steps.push({
    kind: "routine",
    label: `scatter ${count}x${inner} into ${size / inner}`,
    operands: [values, at, target].map((buffer) => ({ buffer, offset: 0 })),
    reads: [values, at, target],
    writes: [target],
    spec: {
      kind: "scatter",
      rows: count,
      inner,
      limit: size / inner,
      lane: lane === "f32" ? "f32" : "i32",
      mode,
    },
  });
  return { shape, dtype, expr: load(target, lane) };
}

/** How often each row of `x` holds each number below `size`, or the sums of `weights` there. */
function counted(
  lowering: Lowering,
  x: Tensor,
  weights: Tensor,
  { shape, dtype }: { shape: readonly number[]; dtype: Tensor["dtype"] },
  mode: ScatterMode,
): Tensor {
  const size = shape.at(-1)!;
  const length = x.shape.at(-1)!;
  const onto = filled(shape, dtype, 0);
  const value = toLane(x.expr, "i32");
  const all = product(x.shape);
  const row = tabulated(lowering, [all], "int32", (i) => Math.floor(i / length) * size);
  const place = select(isBelow(value, size), add(value, row.expr), -1);
  const rows: Tensor = { shape: [all], dtype: "int32", expr: place };
  const isPlain = mode === "set" || product(weights.shape) === 0;
  const updates = isPlain ? filled([all], dtype, 1) : { ...weights, shape: [all] };
  return scatter(lowering, { onto, rows, updates, mode });
}

/** Gathers and scatters. */
export const indexing: LoweringRules = {
  Bincount: rule<{ x: Tensor; weights: Tensor }>(
    { all: NUMBERS, named: { x: INT } },
    (lowering, { x, weights }, _, [output]) =>
      // Of a tensor of any rank, all elements are counted together.
      counted(lowering, { ...x, shape: [product(x.shape)] }, weights, output!, "add"),
  ),
  DenseBincount: rule<{ x: Tensor; weights: Tensor }, { binaryOutput?: boolean }>(
    { all: NUMBERS, named: { x: INT } },
    (lowering, { x, weights }, { binaryOutput }, [output]) =>
      counted(lowering, x, weights, output!, binaryOutput ? "set" : "add"),
  ),
  GatherNd: rule<{ params: Tensor; indices: Tensor }>(
    { all: ANY, named: { indices: INT } },
    (lowering, { params, indices }, _, [output]) => {
      const depth = indices.shape.at(-1)!;
      const rest = params.shape.slice(depth);
      const rows = product(params.shape.slice(0, depth));
      const table: Tensor = { ...params, shape: [rows, ...rest] };
      const result = gather(lowering, table, places(lowering, indices, params.shape), 0, 0, "absent");
      return { ...result, shape: output!.shape };
    },
  ),
  GatherV2: rule<{ x: Tensor; indices: Tensor }, { axis: number; batchDims?: number }>(
    { all: ANY, named: { indices: INT } },
    (lowering, { x, indices }, { axis, batchDims = 0 }) => {
      const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
      return gather(
        lowering,
        x,
        indices,
        at,
        batchDims < 0 ? batchDims + indices.shape.length : batchDims,
        "from the end",
      );
    },
  ),
  ScatterNd: rule<{ indices: Tensor; updates: Tensor }>(
    { all: ANY, named: { indices: INT } },
    (lowering, { indices, updates }, _, [output]) => {
      const { shape, dtype } = output!;
      const rows = places(lowering, indices, shape);
      return scatter(lowering, { onto: filled(shape, dtype, 0), rows, updates, mode: "add" });
    },
  ),
  SearchSorted: rule<{ sortedSequence: Tensor; values: Tensor }, { side: "left" | "right" }>(
    ANY,
    (lowering, { sortedSequence, values }, { side }, [output]) => {
      const [batch = 0, count = 0] = sortedSequence.shape;
      const [, wanted = 0] = values.shape;
      if (batch * count * wanted === 0) return filled(output!.shape, "int32", 0);
      // The place of a number is how many come before it.
      const all = [batch, wanted, count];
      const lane = sortedSequence.dtype === "float32" || values.dtype === "float32" ? "f32" : "i32";
      const spread = (tensor: Tensor, shape: readonly number[]) =>
        toLane(broadcastTo(lowering, { ...tensor, shape }, all).expr, lane);
      const element = spread(sortedSequence, [batch, 1, count]);
      const value = spread(values, [batch, wanted, 1]);
      const isBefore = apply(side === "left" ? `${lane}.lt` : `${lane}.le`, element, value);
      return reduced(
        lowering,
        { shape: all, dtype: "int32", expr: toLane(isBefore, "i32") },
        [2],
        "sum",
        output!,
      );
    },
  ),
  SparseToDense: rule<{ sparseIndices: Tensor; sparseValues: Tensor; defaultValue: Tensor }>(
    { all: ANY, named: { sparseIndices: INT } },
    (lowering, { sparseIndices, sparseValues, defaultValue }, _, [output]) => {
      const { shape, dtype } = output!;
      const depth = sparseIndices.shape.length > 1 ? sparseIndices.shape.at(-1)! : 1;
      const count = product(sparseIndices.shape) / depth;
      const rows = places(lowering, { ...sparseIndices, shape: [count, depth] }, shape);
      const updates = broadcastTo(lowering, sparseValues, [count]);
      const lane = laneOfDtype(dtype);
      const { expr } = broadcastTo(lowering, { ...defaultValue, shape: [] }, shape);
      const onto = { shape, dtype, expr: toLane(expr, lane) };
      return scatter(lowering, { onto, rows, updates, mode: "set" });
    },
  ),
  TensorScatterUpdate: rule<{ tensor: Tensor; indices: Tensor; updates: Tensor }>(
    { all: ANY, named: { indices: INT } },
    (lowering, { tensor, indices, updates }) => {
      const rows = places(lowering, indices, tensor.shape);
      return scatter(lowering, { onto: tensor, rows, updates, mode: "set" });
    },
  ),
  UnsortedSegmentSum: rule<{ x: Tensor; segmentIds: Tensor }>(
    { all: ANY, named: { segmentIds: INT } },
    (lowering, { x, segmentIds }, _, [output]) => {
      const { shape, dtype } = output!;
      const onto = filled(shape, dtype, 0);
      return scatter(lowering, { onto, rows: segmentIds, updates: x, mode: "add" });
    },
  ),
};
