/** @file Builds a kernel from other kernels of the same backend. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * Runs a kernel with one output, without the operation around it.
 *
 * @param kernelFunc The one that is registered for the backend unless given.
 */
export type RunKernel = (
  kernelName: string,
  inputs: tf.NamedTensorInfoMap,
  attrs?: tf.NamedAttrMap,
  kernelFunc?: tf.KernelFunc,
) => tf.TensorInfo;

/** What `build` answers; all else that the kernels it ran have made is disposed of. */
export function compose(
  backend: tf.KernelBackend,
  backendName: string,
  build: (run: RunKernel) => tf.TensorInfo,
): tf.TensorInfo {
  const made: tf.TensorInfo[] = [];
  const result = build((kernelName, inputs, attrs = {}, kernelFunc) => {
    const run = kernelFunc ?? tf.getKernel(kernelName, backendName).kernelFunc;
    // `RunKernel` asks for kernels with one output.
    const output = run({ inputs, backend, attrs }) as tf.TensorInfo;
    made.push(output);
    return output;
  });
  for (const info of made) if (info !== result) backend.disposeData(info.dataId);
  return result;
}

/** A part of a kernel, at whose end all that it has made in between is disposed of. */
export function apart(
  run: RunKernel,
  backendName: string,
  build: (run: RunKernel) => tf.TensorInfo,
): tf.TensorInfo {
  const part: tf.KernelFunc = ({ backend }) => compose(backend as tf.KernelBackend, backendName, build);
  return run("Part", {}, {}, part);
}
