/** @file Kernels that gather and scatter. */
import { util } from "@tensorflow/tfjs-core";
import { aligned, converted, elementType } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { gather } from "../mlir/products.ts";
import { reduce, scatter } from "../mlir/regions.ts";
import { ANY, INT, type KernelRules, NUMBERS, rule } from "../rule.ts";

/** What stands where an index names nothing: NaN, the lowest integer, true. */
const ABSENT = { f32: NaN, i32: -(2 ** 31), i1: 1, ui32: 0, f64: NaN } as const;

/** Whether `index` is in `[0, limit)`. */
function isBelow(b: Builder, index: Operand, limit: number): Operand {
  return b.binary("and", b.compare("GE", index, 0), b.compare("LT", index, limit));
}

/** `index` as the last axis of index tuples of one number. */
function tuples(b: Builder, index: Operand): Operand {
  return b.reshape(index, [...index.shape, 1]);
}

/** The parts of `x` along `axis` at `places`, a list of whole numbers inside. */
export function taken(b: Builder, x: Operand, axis: number, places: readonly number[]): Operand {
  return gather(b, x, b.table(places, [places.length, 1], "i32"), [axis]);
}

/**
 * The parts of `x` along `axis` that `indices` name, which have the first `batchDims` axes of `x`. From -n on they count
 * from the end; what others name is absent. As `jnp.take`.
 */
function takenAt(b: Builder, x: Operand, indices: Operand, axis: number, batchDims: number): Operand {
  const limit = x.shape[axis]!;
  const before = x.shape.slice(0, axis);
  const chosen = indices.shape.slice(batchDims);
  const shape = [...before, ...chosen, ...x.shape.slice(axis + 1)];
  if (sizeOf(shape) === 0 || limit === 0) return b.fill(ABSENT[x.type], shape, x.type);
  const index = b.select(b.compare("LT", indices, 0), b.add(indices, limit), indices);
  const found = (() => {
    if (batchDims === 0) return gather(b, x, tuples(b, index), [axis]);
    const own = Array.from({ length: batchDims }, (_, i) => tuples(b, b.iota(indices.shape, i, "i32")));
    const all = b.concatenate([...own, tuples(b, index)], indices.shape.length);
    const result = gather(b, x, all, [...own.map((_, i) => i), axis]);
    // What stands between the batch and the axis comes after the chosen, and belongs before.
    const [begin, between] = [indices.shape.length, axis - batchDims];
    const perm = result.shape.map((_, i) => i);
    const moved = perm.splice(begin, between);
    perm.splice(batchDims, 0, ...moved);
    return b.transpose(result, perm);
  })();
  const isInside = b.broadcastInDim(
    isBelow(b, index, limit),
    shape,
    indices.shape.map((_, i) => (i < batchDims ? i : i - batchDims + axis)),
  );
  return b.select(isInside, found, ABSENT[x.type]);
}

/** `onto` with rows added or set; truth values are counted, and what was not there is false. */
function scattered(
  b: Builder,
  onto: Operand,
  indices: Operand,
  updates: Operand,
  mode: "add" | "set",
): Operand {
  if (sizeOf(onto.shape) === 0 || sizeOf(updates.shape) === 0) return onto;
  if (onto.type !== "i1" || mode === "set") return scatter(b, onto, indices, updates, mode);
  const counts = scatter(b, b.convert(onto, "i32"), indices, b.convert(updates, "i32"), mode);
  return converted(b, counts, "i1");
}

/** How often each row of `x` holds each number below the size of a row, or the sums of `weights` there. */
function counted(b: Builder, x: Operand, weights: Operand, onto: Operand, mode: "add" | "set"): Operand {
  const value = converted(b, x, "i32");
  const rows = x.shape.slice(0, -1).map((_, axis) => tuples(b, b.iota(x.shape, axis, "i32")));
  const indices = b.concatenate([...rows, tuples(b, value)], x.shape.length);
  const isPlain = mode === "set" || sizeOf(weights.shape) === 0;
  const updates = isPlain
    ? b.fill(1, x.shape, onto.type)
    : converted(b, b.reshape(weights, x.shape), onto.type);
  return scattered(b, onto, indices, updates, mode);
}

/** Gathers and scatters. */
export const indexing: KernelRules = {
  Bincount: rule<{ x: Operand; weights: Operand }>(
    { all: NUMBERS, named: { x: INT } },
    (b, { x, weights }, _, [output]) => {
      // Of a tensor of any rank, all elements are counted together.
      const flat = b.reshape(x, [sizeOf(x.shape)]);
      return counted(b, flat, weights, b.fill(0, output!.shape, elementType(output!.dtype)), "add");
    },
  ),
  DenseBincount: rule<{ x: Operand; weights: Operand }, { binaryOutput?: boolean }>(
    { all: NUMBERS, named: { x: INT } },
    (b, { x, weights }, { binaryOutput }, [output]) => {
      const onto = b.fill(0, output!.shape, elementType(output!.dtype));
      return counted(b, x, weights, onto, binaryOutput ? "set" : "add");
    },
  ),
  GatherNd: rule<{ params: Operand; indices: Operand }>(
    { all: ANY, named: { indices: INT } },
    (b, { params, indices }, _, [output]) => {
      const { shape } = output!;
      const depth = indices.shape.at(-1)!;
      if (sizeOf(shape) === 0 || sizeOf(params.shape) === 0)
        return b.fill(ABSENT[params.type], shape, params.type);
      if (depth === 0) return b.broadcast(params, shape);
      const found = gather(
        b,
        params,
        indices,
        Array.from({ length: depth }, (_, axis) => axis),
      );
      const rows = indices.shape.slice(0, -1);
      const isInside = Array.from({ length: depth }, (_, axis) =>
        isBelow(b, b.reshape(b.part(indices, rows.length, axis, 1), rows), params.shape[axis]!),
      ).reduce((all, each) => b.binary("and", all, each));
      const spread = b.broadcastInDim(
        isInside,
        found.shape,
        rows.map((_, axis) => axis),
      );
      return b.reshape(b.select(spread, found, ABSENT[params.type]), shape);
    },
  ),
  GatherV2: rule<{ x: Operand; indices: Operand }, { axis: number; batchDims?: number }>(
    { all: ANY, named: { indices: INT } },
    (b, { x, indices }, { axis, batchDims = 0 }) => {
      const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
      return takenAt(b, x, indices, at, batchDims < 0 ? batchDims + indices.shape.length : batchDims);
    },
  ),
  ScatterNd: rule<{ indices: Operand; updates: Operand }>(
    { all: ANY, named: { indices: INT } },
    (b, { indices, updates }, _, [output]) =>
      scattered(b, b.fill(0, output!.shape, updates.type), indices, updates, "add"),
  ),
  SearchSorted: rule<{ sortedSequence: Operand; values: Operand }, { side: "left" | "right" }>(
    ANY,
    (b, { sortedSequence, values }, { side }, [output]) => {
      const [batch = 0, count = 0] = sortedSequence.shape;
      const [, wanted = 0] = values.shape;
      if (batch * count * wanted === 0) return b.fill(0, output!.shape, "i32");
      // The place of a number is how many come before it.
      const type = sortedSequence.type === "f32" || values.type === "f32" ? "f32" : "i32";
      const [element, value] = aligned(
        b,
        [b.reshape(sortedSequence, [batch, 1, count]), b.reshape(values, [batch, wanted, 1])],
        [batch, wanted, count],
        type,
      ) as [Operand, Operand];
      const isBefore = b.compare(side === "left" ? "LT" : "LE", element, value);
      return reduce(b, b.convert(isBefore, "i32"), [2], "add");
    },
  ),
  SparseToDense: rule<{ sparseIndices: Operand; sparseValues: Operand; defaultValue: Operand }>(
    { all: ANY, named: { sparseIndices: INT } },
    (b, { sparseIndices, sparseValues, defaultValue }, _, [output]) => {
      const { shape, dtype } = output!;
      const type = elementType(dtype);
      const depth = sparseIndices.shape.length > 1 ? sparseIndices.shape.at(-1)! : 1;
      const count = sizeOf(sparseIndices.shape) / depth;
      const indices = b.reshape(sparseIndices, [count, depth]);
      const onto = b.broadcast(converted(b, b.reshape(defaultValue, []), type), shape);
      return scattered(b, onto, indices, b.broadcast(converted(b, sparseValues, type), [count]), "set");
    },
  ),
  TensorScatterUpdate: rule<{ tensor: Operand; indices: Operand; updates: Operand }>(
    { all: ANY, named: { indices: INT } },
    (b, { tensor, indices, updates }) =>
      scattered(b, tensor, indices, converted(b, updates, tensor.type), "set"),
  ),
  UnsortedSegmentSum: rule<{ x: Operand; segmentIds: Operand }>(
    { all: ANY, named: { segmentIds: INT } },
    (b, { x, segmentIds }, _, [output]) => {
      const { shape, dtype } = output!;
      const type = elementType(dtype);
      const updates = converted(b, x, type);
      return scattered(b, b.fill(0, shape, type), tuples(b, segmentIds), updates, "add");
    },
  ),
};
