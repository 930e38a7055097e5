/** @file TensorFlow.js's matrix product doubles outer products of vectors that packed kernels have computed. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces BatchMatMul where one product makes each element: it reads rows in pairs, and beyond the only row of `[1, n]`
 * lie the same numbers again where `[n]` was computed and reshaped. A product of a column and a row does not.
 */
export const webGlOuterProduct: readonly ReplacedKernel[] = [
  [
    tf.BatchMatMul,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const { transposeA, transposeB } = call.attrs as unknown as tf.BatchMatMulAttrs;
      if (a.shape.at(transposeA ? -2 : -1) !== 1 || b.shape.at(transposeB ? -1 : -2) !== 1)
        return original(call);
      if (a.shape.includes(0) || b.shape.includes(0)) return original(call);
      const column = [...a.shape.slice(0, -2), a.shape.at(transposeA ? -1 : -2)!, 1];
      const row = [...b.shape.slice(0, -2), 1, b.shape.at(transposeB ? -2 : -1)!];
      return compose(call.backend as tf.KernelBackend, "webgl", (run) =>
        run(tf.Multiply, {
          a: run(tf.Reshape, { x: a }, { shape: column }),
          b: run(tf.Reshape, { x: b }, { shape: row }),
        }),
      );
    },
  ],
];
