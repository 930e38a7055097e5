import { Module, Param, State } from "@nnx-js/nn";
import { adam, adamw, applyUpdates, chain, clipByGlobalNorm, Optimizer, sgd } from "@nnx-js/optim";
import type { GradientTransformation } from "@nnx-js/optim";
import golden from "@nnx-js/testing/golden/optim.json";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { gradients, toleranceOn, trajectory, transformations } from "./cases.ts";

const tolerance = toleranceOn(inject("backend"));

class Model extends Module {
  readonly w = new Param(fromGolden(golden.params.w));
  readonly b = new Param(fromGolden(golden.params.b));
}

describe.each(transformations)("%s", (name, make) => {
  test("ten updates of a tree give Optax's parameters", async () => {
    const tx = make();
    let params = { w: fromGolden(golden.params.w), b: fromGolden(golden.params.b) };
    let state = tx.init(params);
    for (const [t, expected] of trajectory(name).entries()) {
      const [updates, next] = tx.update(gradients(t), state, params);
      state = next;
      params = applyUpdates(params, updates);
      await expect(params.w).toBeAllClose(expected.w, tolerance);
      await expect(params.b).toBeAllClose(expected.b, tolerance);
    }
  });

  test("ten updates of a model by the Optimizer give Optax's parameters", async () => {
    const model = new Model();
    const optimizer = new Optimizer(model, make(), { wrt: Param });
    for (const [t, expected] of trajectory(name).entries()) {
      const { w, b } = gradients(t);
      using grads = new State([
        [["w"], new Param(w)],
        [["b"], new Param(b)],
      ]);
      optimizer.update(model, grads);
      await expect(model.w.value).toBeAllClose(expected.w, tolerance);
      await expect(model.b.value).toBeAllClose(expected.b, tolerance);
    }
    expect(Array.from(await optimizer.step.value.data())).toEqual([10]);
  });
});

describe("w = (1, -2) under the loss Σw²", () => {
  const cases: [string, GradientTransformation, number[]][] = [
    ["sgd", sgd(0.1), [0.8, 0.64, 0.512]],
    ["momentum", sgd(0.1, { momentum: 0.9 }), [0.8, 0.46, 0.062]],
    ["Nesterov's momentum", sgd(0.1, { momentum: 0.9, nesterov: true }), [0.62, 0.2224, -0.108352]],
    ["adam", adam(0.1), [0.9000007, 0.8004139, 0.7015883]],
    ["adamw", adamw(0.1), [0.8999907, 0.800395, 0.7015615]],
    ["clipByGlobalNorm", chain(clipByGlobalNorm(1), sgd(0.1)), [0.9552786, 0.9105573, 0.8658358]],
  ];
  test.each(cases)("goes by %s as under Optax", async (_name, tx, expected) => {
    let w: tf.Tensor = tf.tensor1d([1, -2]);
    let state = tx.init(w);
    for (const value of expected) {
      const [updates, next] = tx.update(tf.mul(w, 2), state, w);
      state = next;
      w = applyUpdates(w, updates);
      await expect(tf.slice(w, 0, 1)).toBeAllClose([value], { ...tolerance, rtol: 2 * tolerance.rtol });
    }
  });
});
