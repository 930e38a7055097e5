/** @file A kernel of the webgpu backend. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type * as tf from "@tensorflow/tfjs-core";
import {
  kernelShapes,
  type KernelAttrs,
  type KernelInputs,
  type KernelName,
  type TensorSpec,
} from "../shapes.ts";

/** Enqueues a kernel's work; `output` is what `kernelShapes` says. */
export type WebGPUKernel<K extends KernelName> = (
  backend: WebGPUBackend,
  inputs: KernelInputs<K, tf.TensorInfo>,
  attrs: KernelAttrs<K>,
  output: TensorSpec,
) => tf.TensorInfo;

/** `kernel` in the form that TensorFlow.js registers. */
export function webGpuKernel<K extends KernelName>(kernelName: K, kernel: WebGPUKernel<K>): tf.KernelConfig {
  return {
    kernelName,
    backendName: "webgpu",
    kernelFunc: (call) => {
      // The registry erases the types that `runKernel` was called with.
      const inputs = call.inputs as KernelInputs<K, tf.TensorInfo>;
      const attrs = call.attrs as unknown as KernelAttrs<K>;
      const [output] = kernelShapes[kernelName](inputs, attrs);
      return kernel(call.backend as WebGPUBackend, inputs, attrs, output!);
    },
  };
}
