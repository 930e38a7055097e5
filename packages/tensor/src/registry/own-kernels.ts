/** @file Which kernels are ours, and those that we add to a backend. */
import * as tf from "@tensorflow/tfjs-core";

/** On each kernel of ours; other copies of this package know it too. */
const OURS = Symbol.for("@nnx-js/tensor/kernel");

/** Whether a kernel is of this package, in whichever copy of it. */
export function isOurs(kernelFunc: tf.KernelFunc): boolean {
  return OURS in kernelFunc;
}

/** Marks a kernel as ours. */
export function markOurs(kernelFunc: tf.KernelFunc): tf.KernelFunc {
  // Once marked it stays so: some replacements answer one function for several kernels.
  if (!isOurs(kernelFunc)) Object.defineProperty(kernelFunc, OURS, { value: true });
  return kernelFunc;
}

/** The kernels that we add to backends, which lack them. */
const added: tf.KernelConfig[] = [];

/** Adds a kernel to those that a backend lacks; `mendBackend` registers it. */
export function addKernel(config: tf.KernelConfig): void {
  markOurs(config.kernelFunc);
  added.push(config);
}

/** Registers a kernel without the warning that another one was there. */
export function putKernel(config: tf.KernelConfig): void {
  if (tf.getKernel(config.kernelName, config.backendName)) {
    tf.unregisterKernel(config.kernelName, config.backendName);
  }
  tf.registerKernel(config);
}

/** The kernel that we add to a backend under this name, if there is one. */
export function addedKernel(kernelName: string, backendName: string): tf.KernelConfig | undefined {
  return added.find((each) => each.kernelName === kernelName && each.backendName === backendName);
}

/** All kernels that we add to a backend. */
export function addedKernels(backendName: string): tf.KernelConfig[] {
  return added.filter((each) => each.backendName === backendName);
}
