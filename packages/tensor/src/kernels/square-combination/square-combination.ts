/** @file `a * x² + b * y` in one pass. */
import type * as tf from "@tensorflow/tfjs-core";
import { assertAlike, assertNumber } from "../elementwise/check.ts";
import { runKernel } from "../run.ts";

/**
 * `a * x² + b * y`, elementwise, in one launch and without intermediate tensors: the running mean of squares.
 *
 * Each operation is rounded to float32, so on cpu and wasm the result is exactly that of `tf.square`, `tf.mul` and
 * `tf.add`; GPUs may round less often. Differentiable with respect to `x` and `y`, any number of times.
 *
 * ```ts
 * const meanSquare = squareCombination(0.001, gradient, 0.999, oldMeanSquare);
 * ```
 *
 * @param a a number, rounded to float32
 * @param x float32 `[...shape]`
 * @param b a number, rounded to float32
 * @param y float32 `[...shape]`
 * @throws {ElementwiseArgumentError} for other types, and for shapes that differ: nothing is broadcast
 */
export function squareCombination<T extends tf.Tensor>(a: number, x: T, b: number, y: tf.Tensor): T {
  assertNumber("squareCombination", "a", a);
  assertNumber("squareCombination", "b", b);
  assertAlike("squareCombination", ["x", "y"], x, y);
  // The output has the shape and dtype of `x`.
  return runKernel("SquareCombination", { x, y }, { a, b }) as T;
}
