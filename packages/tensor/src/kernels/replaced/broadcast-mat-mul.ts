/** @file TensorFlow.js's matrix product takes the wrong matrices of batches that broadcast in part, and fails at sums of no products. */
import * as tf from "@tensorflow/tfjs-core";
import { compose, type RunKernel } from "../compose.ts";
import { commonBatch, haveOneBatch } from "../mat-mul/batches.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces BatchMatMul on a backend. Where the batches are neither equal nor one of them a single matrix, such as
 * [2, 1] and [1, 3], TensorFlow.js's own answers a tensor of 3 matrices that calls itself [2, 3]; here they are
 * repeated first. Where nothing is summed up, the product is zero.
 */
export const broadcastMatMul = (backendName: string): readonly ReplacedKernel[] => [
  [
    tf.BatchMatMul,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const attrs = call.attrs as unknown as tf.BatchMatMulAttrs;
      if (a.shape.at(attrs.transposeA ? -2 : -1) === 0) {
        const [rows, columns] = [a.shape.at(attrs.transposeA ? -1 : -2)!, b.shape.at(attrs.transposeB ? -2 : -1)!]; // prettier-ignore
        const shape = [...commonBatch(a, b), rows, columns];
        return compose(call.backend as tf.KernelBackend, backendName, (run) =>
          run(tf.Fill, {}, { shape, value: 0, dtype: a.dtype }),
        );
      }
      if (haveOneBatch(a, b)) return original(call);
      const batch = commonBatch(a, b);
      return compose(call.backend as tf.KernelBackend, backendName, (run) => {
        const inputs = { a: repeated(run, a, batch), b: repeated(run, b, batch) };
        return run(tf.BatchMatMul, inputs, call.attrs ?? {}, original);
      });
    },
  ],
];

function repeated(run: RunKernel, x: tf.TensorInfo, batch: number[]): tf.TensorInfo {
  const shape = [...batch, 1, 1].map((_, i, { length }) => x.shape[i - length + x.shape.length] ?? 1);
  const reps = shape.map((size, i) => (size === 1 ? (batch[i] ?? 1) : 1));
  return run(tf.Tile, { x: run(tf.Reshape, { x }, { shape }) }, { reps });
}
