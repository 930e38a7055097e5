/** @file The cpu backend's tensors as arrays. */
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { newArray, type Host, type HostArray } from "./host.ts";

export const cpu: Host = {
  backendName: "cpu",
  // The registry hands over backends untyped, and only numeric tensors reach these kernels.
  read: (backend, { dataId }) => (backend as MathBackendCPU).data.get(dataId).values as HostArray,
  make(backend, spec) {
    const values = newArray(spec);
    return [(backend as MathBackendCPU).makeTensorInfo([...spec.shape], spec.dtype, values), values];
  },
};
