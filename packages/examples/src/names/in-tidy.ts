/** @file Steps that run operation by operation and free what they made. */
import * as tf from "@tensorflow/tfjs-core";

/** `fn`, freeing every tensor that it makes but does not return; the new values of `Variable`s stay. */
export const inTidy =
  <Args extends unknown[], Result extends tf.TensorContainer>(fn: (...args: Args) => Result) =>
  (...args: Args): Result =>
    tf.tidy(() => fn(...args));
