/** @file Makes floats on webgpu of integers and booleans, where the backend only calls them floats. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { launch } from "../webgpu/launch.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces webgpu's Cast. Its result shares the buffer of integers, and Transpose of three axes or more then has a
 * shader that does not compile: the tensor keeps whatever stood in its memory, with a message on the console.
 */
export const webGpuCast: readonly ReplacedKernel[] = [
  [
    tf.Cast,
    (original) => (params) => {
      // Cast has one input, x, and one attribute.
      const x = params.inputs["x"] as tf.TensorInfo;
      const { dtype } = params.attrs as unknown as tf.CastAttrs;
      if (dtype !== "float32" || (x.dtype !== "int32" && x.dtype !== "bool")) return original(params);
      // The registry hands over backends untyped.
      return launch(params.backend as WebGPUBackend, {
        name: "castToFloat",
        body: "result[index] = f32(x[index]);",
        inputs: { x },
        output: { shape: x.shape, dtype },
      });
    },
  ],
];
