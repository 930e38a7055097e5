/** @file What is said where the repairs of this package do not reach. */
import { reasonOf } from "../backend/errors.ts";

/** Says that a kernel of TensorFlow.js, or of somebody else, runs in the place of ours. */
export function warnOfKernel(kernelName: string, backendName: string, reason: unknown): void {
  console.warn(
    `ReplacedKernelWarning: the kernel ${kernelName} of ${backendName} is not that of @nnx-js/tensor, which is right ` +
      `where TensorFlow.js's is not: ${reasonOf(reason)}. To have ours: registerKernels() of @nnx-js/tensor.`,
  );
}

/** Says that there are two engines of TensorFlow.js. */
export function warnOfEngines(): void {
  console.warn(
    "SeveralEnginesWarning: there is a second engine of TensorFlow.js, whose kernels and gradients @nnx-js/tensor " +
      "cannot reach. Make the bundle hold one @tensorflow/tfjs-core (npm ls @tensorflow/tfjs-core), and load it " +
      "before anything defines `window`.",
  );
}
