/** @file The webgpu backend's tensors as arrays, as long as they have not been uploaded. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { newArray, type Host, type HostArray } from "./host.ts";

export const webgpu: Host = {
  backendName: "webgpu",
  // Only called for tensors that are not on the GPU, all of them numeric.
  read: (backend, { dataId }) => (backend as WebGPUBackend).tensorMap.get(dataId).values as HostArray,
  make(backend, spec) {
    const values = newArray(spec);
    return [(backend as WebGPUBackend).makeTensorInfo([...spec.shape], spec.dtype, values), values];
  },
};

/**
 * The first kernel where the backend itself would compute on the CPU: the inputs are small, and none is on the GPU
 * yet. Else the second.
 */
export function onCpuOr(onCpu: KernelFunc, onGpu: KernelFunc): () => KernelFunc {
  return () => (call) => {
    const inputs = Object.values(call.inputs) as TensorInfo[];
    return (call.backend as WebGPUBackend).shouldExecuteOnCPU(inputs) ? onCpu(call) : onGpu(call);
  };
}
