/** @file Orthogonal initialisers. */
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { madeBy } from "../graph/made-by.ts";
import type { Initializer } from "./initializer.ts";

/**
 * A random orthogonal matrix, uniformly distributed, times `scale` (1 unless given). All axes but `columnAxis` (the
 * last unless given) are the rows; with more columns than rows, the rows are orthonormal.
 *
 * @throws InvalidArgumentError when used for a shape with fewer than two axes
 * @see jax.nn.initializers.orthogonal; Saxe et al., 2014, https://arxiv.org/abs/1312.6120
 */
export function orthogonal(
  scale = 1,
  { columnAxis = -1 }: { columnAxis?: number | undefined } = {},
): Initializer {
  const init: Initializer = (key, shape) =>
    tf.tidy(() => {
      if (shape.length < 2) {
        throw new InvalidArgumentError(
          `orthogonal needs at least two axes, got the shape [${shape.join(", ")}]. Use initializers.normal().`,
        );
      }
      const axis = columnAxis < 0 ? shape.length + columnAxis : columnAxis;
      const columns = shape[axis]!;
      const others = shape.filter((_, i) => i !== axis);
      const rows = others.reduce((size, dimension) => size * dimension, 1);
      const q = orthonormalize(
        random.normal(key, [Math.max(rows, columns), Math.min(rows, columns)]) as tf.Tensor2D,
      );
      const matrix = tf.mul(tf.reshape(rows < columns ? tf.transpose(q) : q, [...others, columns]), scale);
      const order = shape.map((_, i) => (i < axis ? i : i === axis ? shape.length - 1 : i - 1));
      return axis === shape.length - 1 ? matrix : tf.transpose(matrix, order);
    });
  return madeBy(init, orthogonal, [scale, columnAxis]);
}

/**
 * Zeros, but for a random orthogonal matrix (see {@link orthogonal}) of the last two axes in the middle of the axes
 * before: a convolution that keeps lengths. For kernels of convolutions in one to three dimensions, `[..., in, out]`,
 * with no more inputs than outputs.
 *
 * @throws InvalidArgumentError when used for another shape
 * @see jax.nn.initializers.delta_orthogonal; Xiao et al., 2018, https://arxiv.org/abs/1806.05393
 */
export function deltaOrthogonal(
  scale = 1,
  { columnAxis = -1 }: { columnAxis?: number | undefined } = {},
): Initializer {
  const matrixInit = orthogonal(scale, { columnAxis });
  const init: Initializer = (key, shape) =>
    tf.tidy(() => {
      const [inputs, outputs] = shape.slice(-2) as [number, number];
      if (shape.length < 3 || shape.length > 5 || inputs > outputs) {
        throw new InvalidArgumentError(
          "deltaOrthogonal needs three to five axes, with no more inputs (the axis before the last) than outputs " +
            `(the last), got the shape [${shape.join(", ")}]. Use initializers.orthogonal().`,
        );
      }
      const window = shape.slice(0, -2);
      const around = window.map((size): [number, number] => [(size - 1) >> 1, size >> 1]);
      const matrix = tf.reshape(matrixInit(key, [inputs, outputs]), [
        ...window.map(() => 1),
        inputs * outputs,
      ]);
      // As one axis: webgpu cannot pad five.
      return tf.reshape(tf.pad(matrix, [...around, [0, 0]]), [...shape]);
    });
  return madeBy(init, deltaOrthogonal, [scale, columnAxis]);
}

/**
 * The orthonormal basis `[rows, columns]` of the columns of `matrix`, each pointing as its column does: the `Q` of
 * a QR decomposition whose `R` has a positive diagonal. Gram-Schmidt, each column projected twice, which is
 * orthogonal to rounding.
 */
function orthonormalize(matrix: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const columns = tf.unstack(matrix, 1);
    let basis: tf.Tensor2D | undefined;
    for (const column of columns) {
      const row = tf.expandDims<tf.Tensor2D>(column, 0);
      const rest = basis ? without(without(row, basis), basis) : row;
      const unit = tf.div<tf.Tensor2D>(rest, tf.sqrt(tf.sum(tf.square(rest))));
      basis = basis ? tf.concat([basis, unit], 0) : unit;
    }
    return tf.transpose(basis!);
  });
}

/** What is left of `row` without its parts along the rows of `basis`. */
function without(row: tf.Tensor2D, basis: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(row, tf.matMul(tf.matMul(row, basis, false, true), basis));
}
