/** @file What makes the first value of a parameter. */
import type * as tf from "@tensorflow/tfjs-core";

/**
 * Makes a float32 tensor of `shape` from a key (int32 `[2]`); the caller owns it.
 *
 * @see jax.nn.initializers.Initializer
 */
export type Initializer = (key: tf.Tensor, shape: readonly number[]) => tf.Tensor;
