/** @file Gradient of BatchMatMul in its four transposition forms, with broadcast batch dimensions. */
import * as tf from "@tensorflow/tfjs-core";
import { sumTo } from "./broadcast.ts";
import { gradient, type InputGradients } from "./gradient.ts";

export const matmulGradients: tf.GradConfig[] = [
  gradient<"a" | "b", tf.BatchMatMulAttrs>(
    tf.BatchMatMul,
    ["a", "b"],
    (dy, { a, b }, { transposeA, transposeB }) => {
      if (!transposeA && isOneMatrix(b)) return foldedGradient(dy, a, b, transposeB);
      return {
        a: () =>
          sumTo(
            transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB),
            a.shape,
          ),
        b: () =>
          sumTo(
            transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false),
            b.shape,
          ),
      };
    },
  ),
];

function isOneMatrix(x: tf.Tensor): boolean {
  return x.shape.slice(0, -2).every((size) => size === 1);
}

/** With one `b` for the whole batch, the batch is more rows: one product of matrices, and nothing to sum. */
function foldedGradient(dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor, transposeB: boolean): InputGradients {
  return {
    a: () => reshaped(tf.matMul(rowsOf(dy), matrixOf(b), false, !transposeB), a.shape),
    b: () => {
      const [rows, rowGradients] = [rowsOf(a), rowsOf(dy)];
      const grad = transposeB
        ? tf.matMul(rowGradients, rows, true, false)
        : tf.matMul(rows, rowGradients, true, false);
      return reshaped(grad, b.shape);
    },
  };
}

/** All rows of a batch of matrices as one matrix. */
function rowsOf(x: tf.Tensor): tf.Tensor {
  return reshaped(x, [tf.util.sizeFromShape(x.shape.slice(0, -1)), ...x.shape.slice(-1)]);
}

/** The one matrix that `x` holds, without its batch axes. */
function matrixOf(x: tf.Tensor): tf.Tensor {
  return reshaped(x, x.shape.slice(-2));
}

/** `x` itself if it has the shape already: plain matrices launch nothing here. */
function reshaped(x: tf.Tensor, shape: number[]): tf.Tensor {
  return tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape);
}
