/** @file Batch normalisation on wasm, whose own kernel reads integers as the bits of float32. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces FusedBatchNorm for inputs that are not all float32. */
export const wasmBatchNorm: readonly ReplacedKernel[] = [
  [
    tf.FusedBatchNorm,
    (original) => (call) => {
      const inputs = Object.entries(call.inputs as Record<string, tf.TensorInfo | undefined>);
      if (inputs.every(([, input]) => !input || input.dtype === "float32")) return original(call);
      return compose(call.backend as tf.KernelBackend, "wasm", (run) => {
        const floats: tf.NamedTensorInfoMap = {};
        for (const [name, x] of inputs) if (x) floats[name] = run(tf.Cast, { x }, { dtype: "float32" });
        return run(tf.FusedBatchNorm, floats, call.attrs, original);
      });
    },
  ],
];
