/** @file Numeric gradients, to check analytic ones against. */
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
 * The gradient of `f` with respect to every element of every input, by central differences.
 *
 * Each element costs four calls of `f`; all values are read back at once. In float32 expect errors of some 1e-4 of
 * `f`'s own size; `f` must be smooth within two steps of the inputs.
 *
 * @param step Distance between the points, 1/32 unless given: large, for the rounding error is divided by it.
 * @returns One list for each input, in row-major order.
 */
export async function finiteDifference(
  f: ScalarFunction,
  inputs: readonly tf.Tensor[],
  step = 1 / 32,
): Promise<number[][]> {
  const values = await Promise.all(inputs.map((input) => input.data()));
  const moved = (input: number, element: number, offset: number) =>
    inputs.map((tensor, i) => {
      if (i !== input) return tensor;
      const data = Float32Array.from(values[i] ?? []);
      data[element] = (data[element] ?? 0) + offset;
      return tf.tensor(data, tensor.shape);
    });
  const samples = tf.tidy(() =>
    tf.stack(
      values.flatMap((data, input) =>
        Array.from(data).flatMap((_, element) =>
          STENCIL.map(([offset]) => f(...moved(input, element, offset * step))),
        ),
      ),
    ),
  );
  const results = await samples.data();
  samples.dispose();
  let next = 0;
  return values.map((data) =>
    Array.from(data, () =>
      STENCIL.reduce((sum, [, weight]) => sum + (weight / step) * (results[next++] ?? NaN), 0),
    ),
  );
}
