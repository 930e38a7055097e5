/** @file `a * x + b * y` in one pass. */
import type * as tf from "@tensorflow/tfjs-core";
import { assertAlike, assertNumber } from "../elementwise/check.ts";
import { runKernel } from "../run.ts";

/**
 * `a * x + b * y`, elementwise, in one launch and without intermediate tensors.
 *
 * Each product and the sum are rounded to float32, so on cpu and wasm the result is exactly that of `tf.mul` and
 * `tf.add`; GPUs may round once less. Differentiable with respect to `x` and `y`, any number of times.
 *
 * ```ts
 * const mean = linearCombination(0.1, gradient, 0.9, oldMean);
 * ```
 *
 * @param a a number, rounded to float32
 * @param x float32 `[...shape]`
 * @param b a number, rounded to float32
 * @param y float32 `[...shape]`
 * @throws {ElementwiseArgumentError} for other types, and for shapes that differ: nothing is broadcast
 */
export function linearCombination<T extends tf.Tensor>(a: number, x: T, b: number, y: tf.Tensor): T {
  assertNumber("linearCombination", "a", a);
  assertNumber("linearCombination", "b", b);
  assertAlike("linearCombination", ["x", "y"], x, y);
  // The output has the shape and dtype of `x`.
  return runKernel("LinearCombination", { x, y }, { a, b }) as T;
}
