/** @file The webgl backend's tensors as arrays, as long as no texture holds them. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { newArray, type Host, type HostArray } from "./host.ts";
import { UploadedWordsError } from "./uploaded-words-error.ts";

/** Whether a tensor's values never left the CPU side. */
export function onHost(backend: object, { dataId }: TensorInfo): boolean {
  const { values, texture, slice } = (backend as MathBackendWebGL).texData.get(dataId);
  return Boolean(values) && !texture && !slice;
}

export const webgl: Host = {
  backendName: "webgl",
  read(backend, info, kernelName) {
    if (!onHost(backend, info)) throw new UploadedWordsError(kernelName);
    // The registry hands over backends untyped, and only numeric tensors reach these kernels.
    return (backend as MathBackendWebGL).texData.get(info.dataId).values as HostArray;
  },
  make(backend, spec) {
    const values = newArray(spec);
    return [(backend as MathBackendWebGL).makeTensorInfo([...spec.shape], spec.dtype, values), values];
  },
};
