/** @file Initialisers of a fixed spread. */
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { madeBy } from "../graph/made-by.ts";
import type { Initializer } from "./initializer.ts";

/** Uniform on `[0, scale)`; scale 0.01 unless given. @see jax.nn.initializers.uniform */
export function uniform(scale = 0.01): Initializer {
  const init: Initializer = (key, shape) => tf.tidy(() => tf.mul(random.uniform(key, [...shape]), scale));
  return madeBy(init, uniform, [scale]);
}

/** Normal with mean 0; stddev 0.01 unless given. @see jax.nn.initializers.normal */
export function normal(stddev = 0.01): Initializer {
  const init: Initializer = (key, shape) => tf.tidy(() => tf.mul(random.normal(key, [...shape]), stddev));
  return madeBy(init, normal, [stddev]);
}

/**
 * Normal truncated to `lower` and `upper` standard deviations, -2 and 2 unless given, then multiplied by `stddev`,
 * 0.01 unless given. The truncation makes the real spread smaller, which is not corrected.
 *
 * @see jax.nn.initializers.truncated_normal
 */
export function truncatedNormal(
  stddev = 0.01,
  { lower = -2, upper = 2 }: { lower?: number | undefined; upper?: number | undefined } = {},
): Initializer {
  const init: Initializer = (key, shape) =>
    tf.tidy(() => tf.mul(random.truncatedNormal(key, lower, upper, [...shape]), stddev));
  return madeBy(init, truncatedNormal, [stddev, lower, upper]);
}
