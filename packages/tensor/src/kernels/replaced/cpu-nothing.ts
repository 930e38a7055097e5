/** @file Kernels of the cpu backend that keep no elements in an array of no type, which others cannot slice. */
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

const typed: Replacement = (original) => (call) => {
  const result = original(call) as tf.TensorInfo;
  if (result.shape.includes(0)) {
    // The registry hands over backends untyped.
    const data = (call.backend as MathBackendCPU).data.get(result.dataId);
    data.values = tf.util.getArrayFromDType(result.dtype as tf.NumericDataType, 0);
  }
  return result;
};

/** Replaces what joins tensors, and what gathers slices. */
export const cpuNothing: readonly ReplacedKernel[] = [tf.Concat, tf.Pack, tf.GatherNd].map((name) => [
  name,
  typed,
]);
