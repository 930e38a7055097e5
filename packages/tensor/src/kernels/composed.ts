/** @file Kernels that are made of other kernels of the same backend. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * A kernel with one output that runs operations; what they make in between is freed. Inside a kernel, TensorFlow.js
 * records no operation, so that gradients see the kernel only.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- they name what the kernel is called with
export function composed<Inputs extends string, Attrs>(
  compose: (inputs: Record<Inputs, tf.Tensor>, attrs: Attrs) => tf.Tensor,
): tf.KernelFunc {
  return ({ inputs, attrs }) =>
    // The engine hands its kernels tensors, and each kernel the inputs and attributes of its own.
    tf.tidy(() => compose(inputs as Record<Inputs, tf.Tensor>, attrs as Attrs));
}
