/** @file Tasks that are learnt at once are learnt as one by one, and a compiled step is the same. */
import { jit } from "@nnx-js/jit";
import { grad, Param, Rngs, state } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { sinusoids, type Tasks } from "../../src/maml/tasks.ts";
import { lossesAfter, Regressor } from "../../src/maml/train.ts";

const inner = { steps: 2, rate: 0.05 };

test("at once as one by one, and gradients through the steps", async () => {
  const model = new Regressor({ width: 5, rngs: new Rngs(0) });
  const tasks = sinusoids(new Rngs(1), 3, 4);
  const one = (n: number) =>
    Object.fromEntries(
      Object.entries(tasks).map(([name, x]) => [name, tf.slice(x, [n, 0, 0], [1, 4, 1])]),
    ) as Tasks;
  const separate = tf.concat([0, 1, 2].map((n) => lossesAfter(model, one(n), inner)));
  await expect(lossesAfter(model, tasks, inner)).toBeAllClose(separate, { rtol: 1e-4 });
  const meta = grad((m: Regressor) => tf.sum(lossesAfter(m, tasks, inner)));
  const each = [0, 1, 2].map((n) => grad((m: Regressor) => tf.sum(lossesAfter(m, one(n), inner)))(model));
  const compiled = jit(meta)(model);
  for (const [path, gradient] of meta(model)) {
    const expected = tf.addN(each.map((grads) => grads.leaf(...path).value));
    await expect(gradient.value, path.join(".")).toBeAllClose(expected, { rtol: 1e-3, atol: 1e-4 });
    await expect(compiled.leaf(...path).value, path.join(".")).toBeAllClose(expected, {
      rtol: 1e-3,
      atol: 1e-4,
    });
  }
  expect(state(model, Param).size).toBe(6);
});
