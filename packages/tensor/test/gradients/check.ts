/** @file Checks first- and second-order gradients of an operation against finite differences. */
import { finiteDifference, wave, type ScalarFunction } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** An operation and a point at which it is differentiated with respect to every input. */
export interface GradientCase {
  f: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** The point, away from kinks: made when the backend is ready. */
  at: () => tf.Tensor[];
}

/** Fails unless the gradient of `f`, and the gradient of a function of that gradient, are right. */
export async function expectGradients({ f, at }: GradientCase): Promise<void> {
  const inputs = at();
  await expectGradient((...xs) => weighted(f(...xs)), inputs, [0.4, 1.9]);
  await expectGradient(ofGradients(f), inputs, [1.1]);
  tf.dispose(inputs);
}

/**
 * A function of the gradients of `f`, whose own gradient is therefore of second order.
 *
 * `f` is squared, so that its gradient depends on the inputs even where `f` is linear.
 */
export function ofGradients(f: GradientCase["f"]): ScalarFunction {
  const gradients = tf.grads((...xs) => weighted(tf.square(f(...xs))));
  return (...xs) => tf.addN(gradients(xs).map((gradient) => weighted(gradient)));
}

/** A scalar in which every element counts differently. */
export function weighted(x: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(x, wave(x.shape, 1, 0.6)));
}

/** Compares `gradient * direction`, summed, for one direction in which all inputs move at once for each phase. */
async function expectGradient(f: ScalarFunction, inputs: tf.Tensor[], phases: number[]): Promise<void> {
  const analytic = tf.grads(f)(inputs);
  for (const [i, gradient] of analytic.entries()) expect(gradient.shape).toEqual(inputs[i]?.shape);
  for (const phase of phases) {
    const directions = inputs.map((input, i) => wave(input.shape, 1, phase + i));
    const slope = tf.tidy(() =>
      tf.addN(analytic.map((gradient, i) => tf.sum(tf.mul(gradient, directions[i] as tf.Tensor)))),
    );
    const numeric = await finiteDifference(f, inputs, directions);
    await expect(slope).toBeAllClose([numeric], { rtol: 2e-3, atol: 2e-3 });
    tf.dispose([slope, ...directions]);
  }
  tf.dispose(analytic);
}
