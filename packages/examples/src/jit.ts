/** @file A stand-in for a compiler: each step runs operation by operation, and frees what it made. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * `fn`, freeing every tensor that it makes but does not return; the new values of `Variable`s stay.
 * Wrapping the step where it is defined keeps the training loop free of memory management.
 */
export const jit =
  <Args extends unknown[], Result extends tf.TensorContainer>(fn: (...args: Args) => Result) =>
  (...args: Args): Result =>
    tf.tidy(() => fn(...args));
