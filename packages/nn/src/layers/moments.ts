/** @file Mean and variance for the normalisation layers. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { pmean } from "../transforms/batching/collectives.ts";
import { asBool } from "../masking.ts";

/** How {@link moments} computes. */
interface MomentsOptions {
  /** Only where it is true does `x` count; of a shape that broadcasts to that of `x`. */
  mask?: tf.Tensor | undefined;
  /** `mean(x²) - mean(x)²`, not below 0, instead of `mean((x - mean)²)`. */
  fast: boolean;
  /** Whether the axes stay, with size 1. Default false: they are removed. */
  keepDims?: boolean | undefined;
  /** The name of the lanes of a `vmap` over which means are taken, too. */
  axisName?: string | undefined;
}

/**
 * Mean and biased variance of `x` over `axes`. Differentiable. Over no axes these are `x` itself and zeros.
 */
export function moments(
  x: tf.Tensor,
  axes: number[],
  { mask, fast, keepDims = false, axisName }: MomentsOptions,
): [tf.Tensor, tf.Tensor] {
  const inLane = averageOver(x, axes, mask);
  const average: Average = axisName ? (values, keep) => pmean(inLane(values, keep), axisName) : inLane;
  const mean = average(x, keepDims);
  if (fast) {
    // Rounding can make the difference negative.
    return [mean, tf.relu(tf.sub(average(tf.square(x), keepDims), tf.square(mean)))];
  }
  const centered = tf.sub(x, keepDims ? mean : average(x, true));
  return [mean, average(tf.square(centered), keepDims)];
}

/** The mean of `x²` over `axes`, which stay with size 1. Differentiable. */
export function meanSquare(x: tf.Tensor, axes: number[], mask: tf.Tensor | undefined): tf.Tensor {
  return averageOver(x, axes, mask)(tf.square(x), true);
}

type Average = (values: tf.Tensor, keepDims: boolean) => tf.Tensor;

/** The mean of values of the shape of `x`, of which only those count that the mask lets in. */
function averageOver(x: tf.Tensor, axes: number[], mask: tf.Tensor | undefined): Average {
  if (!mask) return (values, keepDims) => tf.mean(values, axes, keepDims);
  assertNormMask(mask, x);
  const counts = tf.mul(tf.cast(asBool(mask), "float32"), tf.onesLike(x));
  return (values, keepDims) =>
    tf.div(
      tf.sum(tf.where(tf.cast(counts, "bool"), values, tf.zerosLike(x)), axes, keepDims),
      tf.sum(counts, axes, keepDims),
    );
}

/** Checks that the mask of a norm is a tensor that broadcasts to the shape of `x`. */
export function assertNormMask(mask: tf.Tensor, x: tf.Tensor): void {
  const given: unknown = mask;
  if (!(given instanceof tf.Tensor)) {
    throw new InvalidArgumentError(
      `expected a tensor for mask, got ${Array.isArray(given) ? "an array" : `a ${typeof given}`}. ` +
        `Write { mask: tf.tensor(…) } of a shape that broadcasts to [${x.shape.join(", ")}].`,
    );
  }
  const missing = x.rank - mask.rank;
  if (missing >= 0 && mask.shape.every((size, i) => size === 1 || size === x.shape[missing + i])) return;
  const isOfRows = missing > 0 && mask.shape.every((size, i) => size === x.shape[i]);
  const wanted = [...mask.shape, ...Array<number>(Math.max(missing, 0)).fill(1)];
  throw new ShapeMismatchError(
    `expected a mask that broadcasts to the input's shape [${x.shape.join(", ")}], got one of shape ` +
      `[${mask.shape.join(", ")}]. ` +
      (isOfRows
        ? `Give it the axes that follow: tf.reshape(mask, [${wanted.join(", ")}]).`
        : `Write tf.reshape(mask, …) with the input's size, or 1, for each axis.`),
  );
}
