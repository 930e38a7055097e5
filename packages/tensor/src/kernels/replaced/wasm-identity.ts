/** @file The wasm backend copies a tensor's memory for each clone; this shares it, as the other backends do. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces wasm's Identity. It runs for every tensor that a gradient saves, so each was copied once a step.
 */
export const wasmIdentity: readonly ReplacedKernel[] = [
  [
    tf.Identity,
    (original) => (params) => {
      // Identity has one input, x.
      const x = params.inputs["x"] as tf.TensorInfo;
      if (x.dtype === "string") return original(params);
      // The registry hands over backends untyped.
      (params.backend as BackendWasm).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  ],
];
