/** @file Code that the gradient tape does not see. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * Runs `fn` so that no gradient flows through it: what it computes is a constant for every gradient around it, and
 * the tape saves nothing. Used for state that moves beside the loss, such as running statistics. Synchronous.
 *
 * @returns what `fn` returns
 * @see jax.lax.stop_gradient
 */
export function noGradient<T>(fn: () => T): T {
  // The tape records operations at kernel depth 0 only: those inside a kernel have their gradient elsewhere.
  const { state } = tf.engine();
  state.kernelDepth++;
  try {
    return fn();
  } finally {
    state.kernelDepth--;
  }
}
