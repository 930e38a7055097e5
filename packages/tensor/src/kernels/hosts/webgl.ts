/** @file The webgl backend's tensors as arrays, as long as no texture holds them. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import { newArray, type Host, type HostArray } from "./host.ts";

/** A tensor whose exact 32-bit words are needed has been moved to a texture, which holds them as rounded floats. */
export class UploadedWordsError extends Error {
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

export const webgl: Host = {
  backendName: "webgl",
  read(backend, { dataId }, kernelName) {
    // The registry hands over backends untyped.
    const { values, texture, slice } = (backend as MathBackendWebGL).texData.get(dataId);
    if (!values || texture || slice) throw new UploadedWordsError(kernelName);
    return values as HostArray;
  },
  make(backend, spec) {
    const values = newArray(spec);
    return [(backend as MathBackendWebGL).makeTensorInfo([...spec.shape], spec.dtype, values), values];
  },
};
