/** @file Gradient of FusedBatchNorm, which `tf.batchNorm` runs. */
import * as tf from "@tensorflow/tfjs-core";
import { passTo, sumTo } from "./broadcast.ts";
import { gradient } from "./gradient.ts";

/**
 * Of `(x - mean) * rsqrt(variance + epsilon) * scale + offset`.
 *
 * TensorFlow.js cannot record this kernel without a scale or an offset: compose the formula from operations then.
 */
export const batchNormGradients: tf.GradConfig[] = [
  gradient<"x" | "mean" | "variance" | "scale", tf.FusedBatchNormAttrs>(
    tf.FusedBatchNorm,
    ["x", "mean", "variance", "scale"],
    (dy, { x, mean, variance, scale }, { varianceEpsilon }) => {
      const deviation = () => tf.rsqrt(tf.add(variance, varianceEpsilon));
      return {
        x: () => tf.mul(dy, tf.mul(scale, deviation())),
        mean: () => tf.neg(sumTo(tf.mul(dy, tf.mul(scale, deviation())), mean.shape)),
        variance: () => {
          const inverse = deviation();
          const slope = tf.mul(tf.mul(inverse, tf.square(inverse)), -0.5);
          return sumTo(tf.mul(tf.mul(dy, tf.sub(x, mean)), tf.mul(scale, slope)), variance.shape);
        },
        scale: () => sumTo(tf.mul(tf.mul(dy, tf.sub(x, mean)), deviation()), scale.shape),
        // The scale and the offset have one shape.
        offset: () => passTo(dy, scale.shape),
      };
    },
  ),
];
