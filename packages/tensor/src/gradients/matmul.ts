/** @file Gradient of BatchMatMul in its four transposition forms, with broadcast batch dimensions. */
import * as tf from "@tensorflow/tfjs-core";
import { targetBackend } from "../abstract/enter-backend.ts";
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
          sumTo(transposeA ? product(b, dy, transposeB, true) : product(dy, b, false, !transposeB), a.shape),
        b: () =>
          sumTo(transposeB ? product(dy, a, true, transposeA) : product(a, dy, !transposeA, false), b.shape),
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
    a: () => reshaped(product(rowsOf(dy), matrixOf(b), false, !transposeB), a.shape),
    b: () => {
      const [rows, rowGradients] = [rowsOf(a), rowsOf(dy)];
      const grad = transposeB
        ? product(rowGradients, rows, true, false)
        : product(rows, rowGradients, true, false);
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

/** Multiplications below which wasm's slow kernel beats a transposition: 7 against 10 microseconds at 2048. */
const WORTH_TRANSPOSING = 4096;

/**
 * `a @ b` with either transposed, the way the backend does fastest.
 *
 * wasm has a fast kernel for one pair of matrices, but only if neither is to be transposed: measured 64x64x64,
 * transposing first takes 33 instead of 300 microseconds for `a`, 52 instead of 308 for `b`. Batches never take
 * that kernel, and cpu and the GPU backends read a transposed operand for nothing.
 */
function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  const multiplications = a.size * (b.shape.at(transposeB ? -2 : -1) ?? 1);
  const isFast = targetBackend() === "wasm" && isOneMatrix(a) && isOneMatrix(b);
  if (!isFast || multiplications < WORTH_TRANSPOSING) return tf.matMul(a, b, transposeA, transposeB);
  return tf.matMul(transposeA ? transposed(a) : a, transposeB ? transposed(b) : b);
}

/** A copy even of a vector: wasm's fast kernel remembers a right operand by its data, whatever its shape has become. */
function transposed(x: tf.Tensor): tf.Tensor {
  const lead = [...x.shape.slice(0, -2).keys()];
  return tf.transpose(x, [...lead, lead.length + 1, lead.length]);
}
