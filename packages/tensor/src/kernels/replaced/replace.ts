/** @file Puts kernels of ours in the place of a backend's own. */
import * as tf from "@tensorflow/tfjs-core";

/** Makes the kernel that takes the place of `original`. */
export type Replacement = (original: tf.KernelFunc) => tf.KernelFunc;

/** The kernels that are replacements already. */
const replacements = new WeakSet<tf.KernelFunc>();

/**
 * Replaces the kernel `kernelName` of a backend, whose package must be loaded; done again, it does nothing.
 *
 * The old one is taken out first: registering over it would warn.
 */
export function replaceKernel(kernelName: string, backendName: string, replace: Replacement): void {
  const original = tf.getKernel(kernelName, backendName);
  if (!original || replacements.has(original.kernelFunc)) return;
  const kernelFunc = replace(original.kernelFunc);
  replacements.add(kernelFunc);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...original, kernelFunc });
}
