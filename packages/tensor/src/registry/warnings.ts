/** @file What is said where the repairs of this package do not reach. */

/** Says that a kernel of TensorFlow.js, or of somebody else, runs in the place of ours. */
export function warnOfKernel(kernelName: string, backendName: string): void {
  console.warn(
    `ReplacedKernelWarning: the kernel ${kernelName} of ${backendName} was registered over that of @nnx-js/tensor, ` +
      "which is right where TensorFlow.js's is wrong. To have ours again: registerKernels() of @nnx-js/tensor. " +
      "If the kernel is your own, all is well.",
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
