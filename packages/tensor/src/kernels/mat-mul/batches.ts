/** @file How the batches of two matrix operands fit together. */
import * as tf from "@tensorflow/tfjs-core";

/** The axes of `x` before its matrices. */
export function batchOf(x: tf.TensorInfo): number[] {
  return x.shape.slice(0, -2);
}

/** Whether `x` is one matrix, perhaps with batch axes of size 1. */
export function isOneMatrix(x: tf.TensorInfo): boolean {
  return tf.util.sizeFromShape(batchOf(x)) === 1;
}

/** Whether both have the same batch, or one of them is a single matrix: what TensorFlow.js's kernels do right. */
export function haveOneBatch(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return isOneMatrix(a) || isOneMatrix(b) || tf.util.arraysEqual(batchOf(a), batchOf(b));
}

/** The batch that both are broadcast to. */
export function commonBatch(a: tf.TensorInfo, b: tf.TensorInfo): number[] {
  return tf.broadcast_util.assertAndGetBroadcastShape(batchOf(a), batchOf(b));
}

/** The rows and columns of each matrix of `x`, as it is or transposed. */
export function matrixOf({ shape }: tf.TensorInfo, isTransposed: boolean): [rows: number, columns: number] {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return isTransposed ? [columns, rows] : [rows, columns];
}
