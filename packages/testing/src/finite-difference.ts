/** @file Numeric derivatives, to check analytic gradients against. */
import * as tf from "@tensorflow/tfjs-core";

/** A scalar function of some tensors. */
export type ScalarFunction = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Offsets and weights of the five-point stencil, whose error is of the fourth order in the step. */
const STENCIL: readonly (readonly [offset: number, weight: number])[] = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
];

/**
 * The derivative of `f` at `inputs` along `directions`, by central differences: four calls of `f`, one read-back.
 *
 * It equals the sum over all inputs of `gradient * direction`. In float32 expect errors of some 1e-5 of `f`'s own
 * size; `f` must be smooth within two steps of the inputs.
 *
 * @param directions One for each input, of its shape.
 * @param step Distance between the points, 1/32 unless given: large, for the rounding error is divided by it.
 */
export async function finiteDifference(
  f: ScalarFunction,
  inputs: readonly tf.Tensor[],
  directions: readonly tf.Tensor[],
  step = 1 / 32,
): Promise<number> {
  const moved = (by: number) =>
    inputs.map((input, i) => tf.add(input, tf.mul(directions[i] ?? 0, tf.scalar(by))));
  const samples = tf.tidy(() => tf.stack(STENCIL.map(([offset]) => f(...moved(offset * step)))));
  const values = await samples.data();
  samples.dispose();
  return STENCIL.reduce((sum, [, weight], i) => sum + (weight / step) * (values[i] ?? NaN), 0);
}
