/** @file Checks first- and second-order gradients of an operation against finite differences. */
import { finiteDifference, wave, type ScalarFunction } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** An operation and a point at which it is differentiated with respect to every input. */
export interface GradientCase {
  /** Name for the test's title; `it` unless given. */
  name?: string | undefined;
  f: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** The point, away from kinks: made when the backend is ready. */
  at: () => tf.Tensor[];
}

const TOLERANCE = { rtol: 2e-3, atol: 2e-3 };

/** Fails unless the gradient of `f`, and the gradient of a function of that gradient, are right. */
export async function expectGradients({ f, at }: GradientCase): Promise<void> {
  const inputs = at();
  const linear: ScalarFunction = (...xs) => weighted(f(...xs));
  await expectGradient(linear, inputs);
  // Squared, so that the gradient depends on the inputs even where `f` is linear.
  const gradients = tf.grads((...xs) => weighted(tf.square(f(...xs))));
  const second: ScalarFunction = (...xs) => tf.addN(gradients(xs).map((gradient) => weighted(gradient)));
  await expectGradient(second, inputs);
  tf.dispose(inputs);
}

async function expectGradient(f: ScalarFunction, inputs: tf.Tensor[]): Promise<void> {
  const analytic = tf.grads(f)(inputs);
  const numeric = await finiteDifference(f, inputs);
  for (const [i, gradient] of analytic.entries()) {
    expect(gradient.shape).toEqual(inputs[i]?.shape);
    await expect(gradient).toBeAllClose(numeric[i] ?? [], TOLERANCE);
  }
  tf.dispose(analytic);
}

/** A scalar in which every element counts differently. */
function weighted(x: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(x, wave(x.shape, 1, 0.6)));
}
