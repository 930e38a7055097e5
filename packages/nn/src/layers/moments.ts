/** @file Mean and variance for the normalisation layers. */
import * as tf from "@tensorflow/tfjs-core";

/** How {@link moments} computes. */
interface MomentsOptions {
  /** Only where it is true does `x` count; of a shape that broadcasts to that of `x`. */
  mask?: tf.Tensor | undefined;
  /** `mean(x²) - mean(x)²`, not below 0, instead of `mean((x - mean)²)`. */
  fast: boolean;
}

/**
 * Mean and biased variance of `x` over `axes`, which are removed. Differentiable. Over no axes these are `x` itself
 * and zeros.
 */
export function moments(
  x: tf.Tensor,
  axes: number[],
  { mask, fast }: MomentsOptions,
): [tf.Tensor, tf.Tensor] {
  const average: Average = mask
    ? maskedMean(x, axes, mask)
    : (values, keep = false) => tf.mean(values, axes, keep);
  const mean = average(x);
  if (fast) {
    // Rounding can make the difference negative.
    return [mean, tf.relu(tf.sub(average(tf.square(x)), tf.square(mean)))];
  }
  return [mean, average(tf.square(tf.sub(x, average(x, true))))];
}

type Average = (values: tf.Tensor, keep?: boolean) => tf.Tensor;

function maskedMean(x: tf.Tensor, axes: number[], mask: tf.Tensor): Average {
  const counts = tf.mul(tf.cast(mask, "float32"), tf.onesLike(x));
  return (values, keep = false) =>
    tf.div(
      tf.sum(tf.where(tf.cast(counts, "bool"), values, tf.zerosLike(x)), axes, keep),
      tf.sum(counts, axes, keep),
    );
}
