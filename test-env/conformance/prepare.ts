/** @file What all runs set up. */
import * as tf from "@tensorflow/tfjs-core";

/** Where a browser finds the wasm files. */
export const wasmPaths =
  typeof window === "undefined"
    ? undefined
    : "/packages/tensor/node_modules/@tensorflow/tfjs-backend-wasm/dist/";

/** Keeps TensorFlow.js quiet, and its GPU backends from computing small tensors on the CPU. */
export function prepare(): void {
  tf.env().set("PROD", true);
  for (const flag of ["WEBGPU_CPU_FORWARD", "WEBGL_CPU_FORWARD"]) {
    if (flag in tf.env().features || flag in tf.env().getFlags()) tf.env().set(flag, false);
  }
}
