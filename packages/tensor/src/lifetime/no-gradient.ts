/** @file Computes without being differentiated. */
import * as tf from "@tensorflow/tfjs-core";
import { AsyncFunctionError } from "./async-function-error.ts";
import { enterConstantRegion } from "./constant-region.ts";
import { assertFunction } from "./function-argument.ts";
import { suspendTape } from "./tape.ts";

/**
 * Runs `fn` so that no gradient around it sees what happens inside: tensors made there are constants, of first and
 * of any higher order, and nothing is kept for a backward pass. Gradients taken inside work. A tensor from outside
 * that `fn` returns as it is stays differentiable: see `stopGradient`.
 *
 * ```ts
 * tf.grad((x) => tf.mul(x, noGradient(() => tf.square(x))))(tf.scalar(3)).dataSync(); // => [9]
 * ```
 *
 * @throws AsyncFunctionError for an asynchronous `fn`; FunctionArgumentError for what is no function.
 */
export function noGradient<T>(fn: () => T): T {
  assertFunction(fn, "noGradient");
  const resume = suspendTape();
  const leave = enterConstantRegion(true);
  try {
    const result = fn();
    if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError("noGradient", result);
    return result;
  } finally {
    leave();
    resume();
  }
}

/**
 * A tensor of the same values that gradients take for a constant. It shares memory with `x`, and is the caller's to
 * dispose of.
 *
 * @see jax.lax.stop_gradient
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return noGradient(() => tf.clone(x));
}
