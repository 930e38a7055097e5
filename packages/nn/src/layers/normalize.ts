/** @file The arithmetic of one call of a normalisation layer. */
import * as tf from "@tensorflow/tfjs-core";
import { ShapeMismatchError } from "../errors.ts";

/** The statistics that an input is normalised by, of shapes that broadcast to its own. */
interface Statistics {
  /** Default 0. */
  mean?: tf.Tensor | undefined;
  variance: tf.Tensor;
  epsilon: number;
}

/** What follows: scale and bias, of shapes that broadcast to the input's. */
interface ScaleAndBias {
  scale: tf.Tensor | undefined;
  bias: tf.Tensor | undefined;
}

/** `(x - mean) * (scale / sqrt(variance + epsilon)) + bias`. */
export function normalize(
  x: tf.Tensor,
  { mean, variance, epsilon }: Statistics,
  { scale, bias }: ScaleAndBias,
): tf.Tensor {
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const y = tf.mul(mean ? tf.sub(x, mean) : x, scale ? tf.mul(inverse, scale) : inverse);
  return bias ? tf.add(y, bias) : y;
}

/** `features`, one number for each place along `axes`, in a shape that broadcasts to `shape`. */
export function alongAxes<T extends tf.Tensor | undefined>(
  features: T,
  axes: readonly number[],
  shape: readonly number[],
): T | tf.Tensor {
  // Features on the last axis broadcast as they are.
  if (features === undefined || (axes.length === 1 && axes[0] === shape.length - 1)) return features;
  return tf.reshape(
    features,
    shape.map((size, axis) => (axes.includes(axis) ? size : 1)),
  );
}

/** Checks that the axes of an input that have features of their own hold `numFeatures` places. */
export function assertFeatures(
  x: tf.Tensor,
  axes: readonly number[],
  numFeatures: number,
  layer: object,
): void {
  const found = axes.reduce((size, axis) => size * x.shape[axis]!, 1);
  if (found === numFeatures) return;
  const which =
    axes.length === 1 && axes[0] === x.rank - 1 ? "last axis" : `axes [${axes.join(", ")}] of size`;
  throw new ShapeMismatchError(
    `expected ${which} ${numFeatures} (numFeatures), got an input of shape [${x.shape.join(", ")}]. ` +
      `Pass numFeatures: ${found}, or project the input to ${numFeatures} first.`,
    layer,
  );
}
