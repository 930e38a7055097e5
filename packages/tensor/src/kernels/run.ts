/** @file Runs a kernel of this package on the active backend. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelAttrs, KernelInputs, KernelName } from "./shapes.ts";

/** The output of kernel `name`; the caller has checked the arguments. */
export function runKernel<K extends KernelName>(
  name: K,
  inputs: KernelInputs<K, tf.Tensor>,
  attrs: KernelAttrs<K>,
): tf.Tensor {
  return tf.engine().runKernel<tf.Tensor>(name, inputs, attrs);
}
