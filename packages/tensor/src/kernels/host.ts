/** @file Kernels on plain arrays, for the backends whose values JavaScript can reach: cpu, wasm, webgl. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Host, HostArray } from "./hosts/host.ts";
import { kernelShapes, type KernelAttrs, type KernelInputs, type KernelName } from "./shapes.ts";

/** Fills `output` from the inputs; wasm's output may hold old data, so each element must be written. */
export type HostKernel<K extends KernelName> = (
  output: HostArray,
  inputs: KernelInputs<K, HostArray>,
  attrs: KernelAttrs<K>,
) => void;

/** `compute` in the form that TensorFlow.js registers; its output's shape and dtype come from `kernelShapes`. */
export function hostKernel<K extends KernelName>(
  kernelName: K,
  compute: HostKernel<K>,
  host: Host,
): tf.KernelConfig {
  return { kernelName, backendName: host.backendName, kernelFunc: hostKernelFunc(kernelName, compute, host) };
}

/** The function that TensorFlow.js calls to run `compute` on one backend. */
export function hostKernelFunc<K extends KernelName>(
  kernelName: K,
  compute: HostKernel<K>,
  host: Host,
): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The registry erases the types that `runKernel` was called with.
    const checkedAttrs = attrs as unknown as KernelAttrs<K>;
    const specs = kernelShapes[kernelName](inputs as KernelInputs<K, tf.TensorInfo>, checkedAttrs);
    // Made before the inputs are read: it may grow wasm's heap, which cuts off views of it.
    const [info, output] = host.make(backend, specs[0]!);
    try {
      const arrays: Record<string, HostArray> = {};
      for (const name in inputs) {
        const input = inputs[name];
        if (input) arrays[name] = host.read(backend, input, kernelName);
      }
      compute(output, arrays as KernelInputs<K, HostArray>, checkedAttrs);
    } catch (error) {
      (backend as tf.KernelBackend).disposeData(info.dataId);
      throw error;
    }
    return info;
  };
}
