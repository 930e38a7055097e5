/** @file The webgl backend's tensors as arrays, as long as no texture holds them. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { newArray, type Host, type HostArray } from "./host.ts";

/** A tensor whose exact 32-bit words are needed has been moved to a texture, which holds them as rounded floats. */
export class UploadedWordsError extends Error {
  static override readonly name: string = "UploadedWordsError";
  override readonly name = "UploadedWordsError";
  readonly code = "UPLOADED_WORDS";

  constructor(kernelName: string) {
    super(
      `${kernelName}: expected an int32 tensor whose values are on the CPU side, found one that webgl has ` +
        "uploaded to a texture, where 32-bit words are rounded to 24 bits.\n" +
        "Touch keys, counts and random bits only with functions of `random`: for instance " +
        "random.take(keys, i) in place of tf.slice(keys, [i, 0], [1, 2]).",
    );
  }
}

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
