/** @file Gradient of FusedBatchNorm, which `tf.batchNorm` runs. */
import * as tf from "@tensorflow/tfjs-core";
import { passTo, sumTo } from "./broadcast.ts";
import { gradient } from "./gradient.ts";

/** Of `(x - mean) * rsqrt(variance + epsilon) * scale + offset`; the scale is 1, and the offset 0, where it is absent. */
export const batchNormGradients: tf.GradConfig[] = [
  gradient<"x" | "mean" | "variance" | "scale", tf.FusedBatchNormAttrs>(
    tf.FusedBatchNorm,
    ["x", "mean", "variance", "scale"],
    (dy, { x, mean, variance, scale }, { varianceEpsilon }) => {
      const deviation = () => tf.rsqrt(tf.add(variance, varianceEpsilon));
      // Typed as always there, but it is optional, and saved last.
      const scaled = (factor: tf.Tensor) =>
        (scale as tf.Tensor | undefined) ? tf.mul(scale, factor) : factor;
      return {
        x: () => tf.mul(dy, scaled(deviation())),
        mean: () => tf.neg(sumTo(tf.mul(dy, scaled(deviation())), mean.shape)),
        variance: () => {
          const inverse = deviation();
          const slope = tf.mul(tf.mul(inverse, tf.square(inverse)), -0.5);
          return sumTo(tf.mul(tf.mul(dy, tf.sub(x, mean)), scaled(slope)), variance.shape);
        },
        scale: () => sumTo(tf.mul(tf.mul(dy, tf.sub(x, mean)), deviation()), scale.shape),
        // `tf.batchNorm` gives all four one shape.
        offset: () => passTo(dy, mean.shape),
      };
    },
  ),
];
