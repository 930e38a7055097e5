/** @file Gradients of kernels that write, count or sum at indices which must not repeat or belong to sorted segments. */
import * as tf from "@tensorflow/tfjs-core";
import { gatherWritten, scatterAdd } from "./gather.ts";
import { float, gradient, type InputGradients, zeros } from "./gradient.ts";
import { zeroGradient } from "./symbolic-zeros.ts";

/** Of Bincount and DenseBincount: each weight was added to the bin of its element. */
function bincount(kernelName: string): tf.GradConfig {
  return gradient<"x" | "weights", tf.DenseBincountAttrs>(
    kernelName,
    ["x", "weights"],
    (dy, { x, weights }, { size, binaryOutput = false }) => ({
      x: zeroGradient,
      // Without weights each element counts as 1; a binary output says only whether there was one.
      weights:
        weights.size === 0 || binaryOutput
          ? zeroGradient
          : () => {
              const isCounted = tf.logicalAnd(tf.greaterEqual(x, 0), tf.less(x, size));
              return tf.where(isCounted, tf.gather(dy, x, -1, x.rank - 1), 0);
            },
    }),
  );
}

type SegmentInput = "data" | "indices" | "segmentIds";

/** Of a kernel that reduces the rows `indices` of `data`, segment by segment. */
function sparseSegments(kernelName: string, isMean: boolean): tf.GradConfig {
  return gradient<SegmentInput>(
    kernelName,
    ["data", "indices", "segmentIds"],
    (dy, { data, indices, segmentIds }): InputGradients => ({
      data: () => {
        const ids = segmentIds as tf.Tensor1D;
        const counts = () => tf.unsortedSegmentSum(tf.onesLike(float(ids)), ids, dy.shape[0] ?? 0);
        const perRow = [dy.shape[0] ?? 0, ...dy.shape.slice(1).map(() => 1)];
        const shared = isMean ? tf.divNoNan(dy, tf.reshape(counts(), perRow)) : dy;
        return scatterAdd(tf.reshape(indices, [-1, 1]), tf.gather(shared, ids), data.shape);
      },
      indices: zeroGradient,
      segmentIds: zeroGradient,
    }),
  );
}

export const scatterGradients: tf.GradConfig[] = [
  bincount(tf.Bincount),
  bincount(tf.DenseBincount),
  gradient<"sparseIndices" | "sparseValues", tf.SparseToDenseAttrs>(
    tf.SparseToDense,
    ["sparseIndices", "sparseValues"],
    (dy, { sparseIndices, sparseValues }, { outputShape }) => {
      const toValues = () => gatherWritten(dy, tf.reshape(sparseIndices, [-1, outputShape.length]));
      return {
        sparseIndices: zeroGradient,
        // One value may stand for all.
        sparseValues: () =>
          sparseValues.rank === 0 ? tf.sum(toValues()) : tf.reshape(toValues(), sparseValues.shape),
        defaultValue: () => tf.sub(tf.sum(dy), tf.sum(toValues())),
      };
    },
  ),
  sparseSegments(tf.SparseSegmentMean, true),
  sparseSegments(tf.SparseSegmentSum, false),
  gradient<"indices" | "updates">(
    tf.TensorScatterUpdate,
    ["indices", "updates"],
    (dy, { indices, updates }) => ({
      tensor: () => tf.tensorScatterUpdate(dy, indices, zeros(updates.shape)),
      indices: zeroGradient,
      updates: () => gatherWritten(dy, indices),
    }),
  ),
];
