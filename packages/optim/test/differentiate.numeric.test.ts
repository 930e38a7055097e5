/** @file Updates are pure functions of gradients and state, so one can differentiate through them. */
import { adam, adamw, applyUpdates, sgd } from "@nnx-js/optim";
import type { GradientTransformation } from "@nnx-js/optim";
import { finiteDifference, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const cases: [string, GradientTransformation][] = [
  ["adam", adam(0.1, { eps: 0.1, epsRoot: 0.1 })],
  ["adam with Nesterov's momentum", adam(0.1, { eps: 0.1, epsRoot: 0.1, nesterov: true })],
  ["adamw", adamw(0.1, { eps: 0.1, epsRoot: 0.1, weightDecay: 0.5 })],
  ["sgd with momentum", sgd(0.1, { momentum: 0.9 })],
];

test.each(cases)("the loss after two steps of %s has a gradient in the first parameters", async (_, tx) => {
  const target = wave([5], 1, 2);
  const lossAfter = (start: tf.Tensor): tf.Scalar => {
    let params = start;
    let state = tx.init(start);
    for (let step = 0; step < 2; step++) {
      const [updates, next] = tx.update(tf.sub(params, target), state, params);
      [params, state] = [applyUpdates(params, updates), next];
    }
    return tf.sum(tf.square(tf.sub(params, target)));
  };
  const [start, direction] = [wave([5]), wave([5], 1, 1)];
  const slope = tf.sum(tf.mul(tf.grad(lossAfter)(start), direction));
  const expected = await finiteDifference(lossAfter, [start], [direction]);
  await expect(slope).toBeAllClose([expected], { rtol: 1e-3, atol: 1e-3 });
});
