/** @file Products of tensors over any axes, by way of one product of matrices. */
import * as tf from "@tensorflow/tfjs-core";
import { otherAxes } from "./axes.ts";

/** The axes of one operand, counted from the start; those of the other operand stand in the same places. */
interface DotAxes {
  /** Summed over. */
  contract: readonly number[];
  /** Kept, one product for each place along them. Default none. */
  batch?: readonly number[] | undefined;
}

/**
 * Sums the products of `x` and `y` over their contracted axes, of equal sizes. The result has the batch axes, then
 * the other axes of `x`, then those of `y`, each in their order there. Differentiable.
 *
 * @see jax.lax.dot_general
 */
export function dotGeneral(x: tf.Tensor, y: tf.Tensor, ofX: DotAxes, ofY: DotAxes): tf.Tensor {
  const [batchX, batchY] = [ofX.batch ?? [], ofY.batch ?? []];
  const freeX = otherAxes([...batchX, ...ofX.contract], x.rank);
  const freeY = otherAxes([...batchY, ...ofY.contract], y.rank);
  const batchShape = sizes(x, batchX);
  const [rows, inner, columns] = [product(x, freeX), product(x, ofX.contract), product(y, freeY)];
  // Without batch axes, a product of two matrices: what all backends are best at.
  const groups = batchX.length === 0 ? [] : [tf.util.sizeFromShape(batchShape)];
  const result = tf.matMul(
    tf.reshape(transposed(x, [...batchX, ...freeX, ...ofX.contract]), [...groups, rows, inner]),
    tf.reshape(transposed(y, [...batchY, ...ofY.contract, ...freeY]), [...groups, inner, columns]),
  );
  return tf.reshape(result, [...batchShape, ...sizes(x, freeX), ...sizes(y, freeY)]);
}

/** `x` with its axes in `order`; `x` itself when they are. */
export function transposed(x: tf.Tensor, order: readonly number[]): tf.Tensor {
  return order.every((axis, i) => axis === i) ? x : tf.transpose(x, [...order]);
}

function sizes(x: tf.Tensor, axes: readonly number[]): number[] {
  return axes.map((axis) => x.shape[axis]!);
}

function product(x: tf.Tensor, axes: readonly number[]): number {
  return tf.util.sizeFromShape(sizes(x, axes));
}
