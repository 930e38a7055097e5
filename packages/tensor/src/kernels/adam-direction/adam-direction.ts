/** @file Adam's direction from its two moments, in one pass. */
import type * as tf from "@tensorflow/tfjs-core";
import { assertAlike, assertNumber, assertScalar } from "../elementwise/check.ts";
import { runKernel } from "../run.ts";

/** Options of {@link adamDirection}. */
export interface AdamDirectionOptions {
  /** Added outside the root, rounded to float32. */
  eps: number;
  /** Added inside the root, rounded to float32. */
  epsRoot: number;
}

/**
 * `m̂ / (√(v̂ + epsRoot) + eps)` with the bias corrections `m̂ = mean / (1 - meanPower)` and
 * `v̂ = square / (1 - squarePower)`, elementwise, in one launch and without intermediate tensors.
 *
 * Each operation is rounded to float32, as the `tf` operations round. Differentiable with respect to all tensors,
 * any number of times; where `v̂ + epsRoot` is 0 the root has no derivative and gradients are NaN or infinite.
 *
 * @param mean running mean of gradients, float32 `[...shape]`
 * @param square running mean of squared gradients, float32 `[...shape]`
 * @param meanPower the decay of `mean` to the power of the number of updates: float32 `[]`, from `integerPower`;
 *   0 for no correction
 * @param squarePower the same for `square`
 * @throws {ElementwiseArgumentError} for other types and shapes
 * @see Kingma and Ba, Adam: a method for stochastic optimization, 2014, algorithm 1
 */
export function adamDirection<T extends tf.Tensor>(
  mean: T,
  square: tf.Tensor,
  meanPower: tf.Tensor,
  squarePower: tf.Tensor,
  { eps, epsRoot }: AdamDirectionOptions,
): T {
  assertAlike("adamDirection", ["mean", "square"], mean, square);
  assertScalar("adamDirection", "meanPower", meanPower);
  assertScalar("adamDirection", "squarePower", squarePower);
  assertNumber("adamDirection", "eps", eps);
  assertNumber("adamDirection", "epsRoot", epsRoot);
  // The output has the shape and dtype of `mean`.
  return runKernel("AdamDirection", { mean, square, meanPower, squarePower }, { eps, epsRoot }) as T;
}
