/** @file TensorFlow.js's matrix product doubles outer products of vectors that packed kernels have computed. */
import * as tf from "@tensorflow/tfjs-core";
import { activated, type Fusion } from "../activated.ts";
import { compose } from "../compose.ts";
import type { KernelCall, ReplacedKernel } from "./replacement.ts";

/**
 * Replaces BatchMatMul, alone and fused, where one product makes each element: it reads rows in pairs, and beyond the
 * only row of `[1, n]` lie the same numbers again where `[n]` was computed and reshaped. A product of a column and a row
 * does not.
 */
export const webGlOuterProduct: readonly ReplacedKernel[] = [
  [
    tf.BatchMatMul,
    (original) => (call) => {
      if (!isOuter(call)) return original(call);
      const { a, b, transposeA, transposeB } = operandsOf(call);
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
  [
    tf._FusedMatMul,
    (original) => (call) => {
      if (!isOuter(call)) return original(call);
      const { a, b } = operandsOf(call);
      return compose(call.backend as tf.KernelBackend, "webgl", (run) =>
        // The registry erases the types that `runKernel` was called with.
        activated(run, run(tf.BatchMatMul, { a, b }, call.attrs), {
          ...call.attrs,
          ...call.inputs,
        } as unknown as Fusion),
      );
    },
  ],
];

function operandsOf({ inputs, attrs }: KernelCall) {
  // As above.
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs;
  return { a, b, transposeA, transposeB };
}

function isOuter(call: KernelCall): boolean {
  const { a, b, transposeA, transposeB } = operandsOf(call);
  const isSingle = a.shape.at(transposeA ? -2 : -1) === 1 && b.shape.at(transposeB ? -1 : -2) === 1;
  return isSingle && !a.shape.includes(0) && !b.shape.includes(0);
}
