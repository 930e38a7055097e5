/** @file What all runs set up. */
import * as tf from "@tensorflow/tfjs-core";

/** Where a browser finds the wasm files. */
export const wasmPaths =
  typeof window === "undefined"
    ? undefined
    : "/packages/tensor/node_modules/@tensorflow/tfjs-backend-wasm/dist/";

/**
 * Keeps TensorFlow.js quiet, and its GPU backends from computing small tensors on the CPU. The backend must be there:
 * it is its package that knows the flag.
 */
export function prepare(): void {
  tf.env().set("PROD", true);
  const backend = tf.getBackend();
  if (backend === "webgpu" || backend === "webgl")
    tf.env().set(`${backend.toUpperCase()}_CPU_FORWARD`, false);
}
