/** @file The gradient of local response normalisation on webgl, whose code does not compile for a whole exponent. */
import * as tf from "@tensorflow/tfjs-core";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces LRNGrad of the webgl backend: the exponent is written with its point. */
export const webGlLrn: readonly ReplacedKernel[] = [
  [
    tf.LRNGrad,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { beta } = call.attrs as unknown as tf.LRNGradAttrs;
      if (!Number.isInteger(beta)) return original(call);
      return original({ ...call, attrs: { ...call.attrs, beta: `${beta}.0` } });
    },
  ],
];
