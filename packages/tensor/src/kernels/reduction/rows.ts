/** @file Brings the axes that a reduction is along to the end. */
import * as tf from "@tensorflow/tfjs-core";
import type { RunKernel } from "../compose.ts";

/** What reductions are called with; Maximum has another name for its axes. */
export interface ReductionAttrs {
  axis?: number | number[] | undefined;
  reductionIndices?: number | number[] | undefined;
  keepDims?: boolean | undefined;
}

/** A tensor as rows that are to be reduced. */
export interface Rows {
  x: tf.TensorInfo;
  count: number;
  length: number;
  /** The shape of the result. */
  shape: number[];
}

/** `x` as rows, transposed where it must be. */
export function rowsOf(
  run: RunKernel,
  x: tf.TensorInfo,
  { axis, reductionIndices, keepDims }: ReductionAttrs,
): Rows {
  const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
  const perm = tf.backend_util.getAxesPermutation(axes, x.shape.length);
  const [rest, reduced] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  return {
    x: perm ? run(tf.Transpose, { x }, { perm }) : x,
    count: tf.util.sizeFromShape(rest),
    length: tf.util.sizeFromShape(reduced),
    shape: keepDims ? tf.backend_util.expandShapeToKeepDim(rest, axes) : rest,
  };
}
