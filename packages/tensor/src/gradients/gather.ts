/** @file Gradients of kernels that read or write at indices: each is the scatter or the gather of another. */
import * as tf from "@tensorflow/tfjs-core";
import { gradient, select } from "./gradient.ts";
import { zeroGradient } from "./symbolic-zeros.ts";

export const gatherGradients: tf.GradConfig[] = [
  gradient(tf.GatherNd, ["params", "indices"], (dy, { params, indices }) => ({
    params: () => scatterAdd(indices, dy, params.shape),
    indices: zeroGradient,
  })),
  gradient<"x" | "indices", tf.GatherV2Attrs>(
    tf.GatherV2,
    ["x", "indices"],
    (dy, { x, indices }, { axis, batchDims }) => ({
      x: () => gatherGradient(dy, x.shape, indices, axis, batchDims),
      indices: zeroGradient,
    }),
  ),
  gradient<"indices">(tf.ScatterNd, ["indices"], (dy, { indices }) => ({
    indices: zeroGradient,
    updates: () => gatherWritten(dy, indices),
  })),
  {
    kernelName: tf.TopK,
    inputsToSave: ["x"],
    // The indices may be saved: nothing flows through them.
    outputsToSave: [false, true],
    gradFunc: (dys, [x, indices]) => ({
      // TopK has two outputs; its input and its second output are saved.
      x: () => topkGradient((dys as tf.Tensor[])[0] as tf.Tensor, x as tf.Tensor, indices as tf.Tensor),
    }),
  },
  gradient<"segmentIds", tf.UnsortedSegmentSumAttrs>(
    tf.UnsortedSegmentSum,
    ["segmentIds"],
    (dy, { segmentIds }, { numSegments }) => ({
      x: () => {
        // What belongs to no segment was dropped.
        const isUsed = isWithin(segmentIds, int(numSegments));
        const rows = tf.gather(dy, segmentIds);
        const trailing = Array.from({ length: rows.rank - segmentIds.rank }, () => 1);
        return tf.where(tf.reshape(isUsed, [...segmentIds.shape, ...trailing]), rows, 0);
      },
      segmentIds: zeroGradient,
    }),
  ),
];

/** Whether each index is in `[0, n)`. */
function isWithin(indices: tf.Tensor, n: tf.Tensor): tf.Tensor {
  return tf.logicalAnd(tf.greaterEqual(indices, int(0)), tf.less(indices, n));
}

function int(value: number): tf.Scalar {
  return tf.scalar(value, "int32");
}

/** The slices of `x` at index tuples that something was written to; zeros for those outside, where nothing was. */
export function gatherWritten(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const depth = indices.shape.at(-1) ?? 1;
  const slices = tf.gatherND(x, indices);
  const isInside = tf.all(isWithin(indices, tf.tensor1d(x.shape.slice(0, depth), "int32")), -1);
  const trailing = Array.from({ length: slices.rank - isInside.rank }, () => 1);
  return tf.where(tf.reshape(isInside, [...isInside.shape, ...trailing]), slices, 0);
}

/** Adds `updates` [..., slice] into zeros of `shape` at `indices` [..., depth], duplicates included, those outside not. */
export function scatterAdd(indices: tf.Tensor, updates: tf.Tensor, shape: number[]): tf.Tensor {
  const depth = indices.shape.at(-1) ?? 1;
  const flatIndices = tf.reshape(indices, [-1, depth]);
  // On wasm and cpu faster than UnsortedSegmentSum and a one-hot product, which would do the same.
  return tf.scatterND(
    flatIndices,
    tf.reshape(updates, [flatIndices.shape[0] ?? 0, ...shape.slice(depth)]),
    shape,
  );
}

/**
 * Adds the gradient of `tf.gather` into zeros of the input's shape.
 *
 * With batch B, outer O, axis n, inner N and I indices a batch: x is [B, O, n, N] and dy is [B, O, I, N].
 * They become rows [B * n, O * N] and [B * I, O * N], so that one index addresses a row.
 */
function gatherGradient(
  dy: tf.Tensor,
  shape: number[],
  indices: tf.Tensor,
  axis: number,
  batchDims: number,
): tf.Tensor {
  const [along = 0] = tf.util.parseAxisParam(axis, shape);
  const batchRank = batchDims < 0 ? batchDims + indices.rank : batchDims;
  const size = (from: number, to: number) => tf.util.sizeFromShape(shape.slice(from, to));
  const [batch, outer, inner] = [size(0, batchRank), size(batchRank, along), size(along + 1, shape.length)];
  const length = shape[along] ?? 1;
  const count = indices.size / Math.max(batch, 1);

  const rows = swapMiddle(dy, [batch, outer, count, inner], [batch * count, outer * inner]);
  const places = rowNumbers(fromStart(indices, length, batch > 1), batch, count, length);
  const added = scatterAdd(places, rows, [batch * length, outer * inner]);
  return swapMiddle(added, [batch, length, outer, inner], shape);
}

/**
 * An index below 0 counts from the end.
 *
 * @param isMarked Whether one that is outside even so becomes the lowest int32, to which a batch may be added.
 */
function fromStart(indices: tf.Tensor, n: number, isMarked: boolean): tf.Tensor {
  const isNegative = tf.less(indices, int(0));
  const counted = select(isNegative, tf.add(indices, int(n)), indices);
  if (!isMarked) return counted;
  return select(isWithin(counted, int(n)), counted, tf.fill(indices.shape, -(2 ** 31), "int32"));
}

/** The row of each index, [batch * count, 1]: rows of batch `i` start at `i * length`. */
function rowNumbers(indices: tf.Tensor, batch: number, count: number, length: number): tf.Tensor {
  if (batch === 1) return tf.reshape(indices, [count, 1]);
  const starts = tf.reshape(tf.range(0, batch * length, length, "int32"), [batch, 1]);
  return tf.reshape(tf.add(tf.reshape(indices, [batch, count]), starts), [batch * count, 1]);
}

/** Reads `x` as the 4-D shape `from`, swaps its middle axes and reads the result as `to`. */
function swapMiddle(x: tf.Tensor, from: [number, number, number, number], to: number[]): tf.Tensor {
  const isSame = from[1] === 1 || from[2] === 1;
  return tf.reshape(isSame ? x : tf.transpose(tf.reshape(x, from), [0, 2, 1, 3]), to);
}

/** Puts the gradients of the largest values back to where these were found along the last axis. */
function topkGradient(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const length = x.shape.at(-1) ?? 1;
  const k = indices.shape.at(-1) ?? 1;
  const rows = x.size / Math.max(length, 1);
  const places = rowNumbers(indices, rows, k, length);
  return tf.reshape(scatterAdd(places, tf.reshape(dy, [rows * k]), [x.size]), x.shape);
}
