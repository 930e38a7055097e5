/** @file The webgl backend divides equal numbers to 1, zeros and infinities too; there, this gives NaN as all others do. */
import * as tf from "@tensorflow/tfjs-core";
import { launchPacked } from "../elementwise/packed.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces webgl's RealDiv, whose 0 / 0 is 1: a mean over nothing, or a gradient that a mask has set to 0, would be a
 * plausible number. Other equal numbers still give exactly 1, which their rounded reciprocals would miss.
 */
export const webGlDivision: readonly ReplacedKernel[] = [
  [
    tf.RealDiv,
    () =>
      ({ inputs, backend }) => {
        // The registry erases the types that `runKernel` was called with.
        const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
        return launchPacked(backend, {
          library: "",
          element: "a == b && a != 0.0 && abs(a) < 3.4e38 ? 1.0 : a / b",
          operands: { a, b },
          output: { shape: tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape), dtype: "float32" },
        });
      },
  ],
];
