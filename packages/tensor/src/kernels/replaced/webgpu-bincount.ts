/** @file The webgpu backend's binary count with float32 weights does not compile; this gives it integers. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { replaceKernel } from "./replace.ts";

/** Replaces webgpu's DenseBincount; a binary count says which elements there are, whatever their weights. */
export function replaceWebGpuBincount(): void {
  replaceKernel(tf.DenseBincount, "webgpu", (original) => (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x, weights } = call.inputs as { x: tf.TensorInfo; weights: tf.TensorInfo };
    const attrs = call.attrs as unknown as tf.DenseBincountAttrs & tf.NamedAttrMap;
    if (!attrs.binaryOutput || weights.dtype !== "float32") return original(call);
    return compose(call.backend as tf.KernelBackend, "webgpu", (run) => {
      const integers = run(tf.Cast, { x: weights }, { dtype: "int32" });
      const binary = run(tf.DenseBincount, { x, weights: integers }, attrs, original);
      return run(tf.Cast, { x: binary }, { dtype: "float32" });
    });
  });
}
