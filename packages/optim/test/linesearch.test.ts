import { jit } from "@nnx-js/jit";
import { grad, Linear, MissingArgumentError, Module, Param, Rngs, state, valueAndGrad } from "@nnx-js/nn";
import {
  applyUpdates,
  chain,
  lbfgs,
  normalize,
  Optimizer,
  sam,
  scaleByBacktrackingLinesearch,
  scaleByZoomLinesearch,
  sgd,
  sophia,
  type Tree,
  valueAndGradFromState,
} from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const rosenbrock = (x: tf.Tensor) => {
  const [a, b] = [tf.slice(x, 0, 1), tf.slice(x, 1, 1)];
  return tf.sum<tf.Scalar>(tf.add(tf.mul(100, tf.square(tf.sub(b, tf.square(a)))), tf.square(tf.sub(1, a))));
};

class Curve extends Module {
  readonly x = new Param(tf.tensor1d([-1.2, 1]));
}

const lossOf = (model: Curve) => rosenbrock(model.x.value);

test("lbfgs finds the minimum of a curved valley", async () => {
  const model = new Curve();
  const optimizer = new Optimizer(model, lbfgs(), { wrt: Param });
  for (let i = 0; i < 40; i++) {
    const [value, grads] = valueAndGrad(lossOf)(model);
    optimizer.update(model, grads, { value, valueFn: lossOf });
  }
  await expect(model.x.value).toBeAllClose([1, 1], { rtol: 1e-3 });
});

test("a step by lbfgs leaves no tensor behind, and the model's Variables their own", async () => {
  const model = new Curve();
  const optimizer = new Optimizer(model, lbfgs(), { wrt: Param });
  await expectNoLeak(() => {
    const [value, grads] = valueAndGrad(lossOf)(model);
    optimizer.update(model, grads, { value, valueFn: lossOf });
    value.dispose();
    grads.dispose();
  });
});

test("a line search leaves the loss and gradients for the next step", async () => {
  const tx = chain(sgd(1), scaleByBacktrackingLinesearch(15, { storeGrad: true }));
  const loss = (x: tf.Tensor) => tf.sum(tf.square(x));
  const both = valueAndGradFromState(loss);
  let params: tf.Tensor = tf.tensor1d([1, 2, 3]);
  let current = tx.init(params);
  // Those of Optax's documentation.
  for (const expected of [5.04, 1.81, 0.653, 0.235, 0.0847]) {
    const [value, gradient] = both(params, { state: current });
    const [updates, next] = tx.update(gradient, current, params, {
      value,
      grad: gradient,
      valueFn: loss as (params: Tree) => tf.Tensor,
    });
    params = applyUpdates(params, updates);
    current = next;
    await expect(loss(params)).toBeAllClose([expected], { rtol: 3e-3 });
    await expect(next[1].value).toBeAllClose(loss(params), { rtol: 1e-5 });
  }
});

test("a line search asks for what it needs, by name", () => {
  const model = new Curve();
  const optimizer = new Optimizer(model, lbfgs(), { wrt: Param });
  const grads = grad(lossOf)(model);
  expect(() => optimizer.update(model, grads)).toThrow(MissingArgumentError);
  expect(() => optimizer.update(model, grads, { value: tf.scalar(1) })).toThrow(
    /scaleByZoomLinesearch: expected the loss, its gradients and its function, got no valueFn/,
  );
  const compiled = jit((model: Curve, optimizer: Optimizer<Curve>) => {
    const [value, grads] = valueAndGrad(lossOf)(model);
    optimizer.update(model, grads, { value, grad: grads, valueFn: () => value });
  });
  expect(() => compiled(model, optimizer)).toThrow(
    /^scaleByZoomLinesearch: a line search branches on the values/,
  );
  expect(Array.from(optimizer.step.value.dataSync())).toEqual([0]);
});

test("a search that finds nothing takes no step", async () => {
  const tx = chain(sgd(1), scaleByZoomLinesearch(5));
  const x = tf.tensor1d([1]);
  // Not finite anywhere but at 1.
  const loss = (params: Tree) => tf.sum(tf.log(tf.sub(params as tf.Tensor, 1)));
  const [updates, next] = tx.update(tf.tensor1d([1]), tx.init(x), x, {
    value: tf.scalar(0),
    grad: tf.tensor1d([1]),
    valueFn: loss,
  });
  await expect(updates).toBeAllClose([0]);
  expect(next[1].info.numLinesearchSteps.dataSync()[0]).toBe(5);
});

test("sophia and an opaque sam take the loss as a function of a model", () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const x = tf.ones([4, 3]);
  const loss = (m: Linear) => tf.mean<tf.Scalar>(tf.square(m.forward(x)));
  const before = loss(model).dataSync()[0]!;
  const climb = chain(normalize(), sgd(0.05));
  const bySophia = new Optimizer(model, sophia(0.05), { wrt: Param });
  const bySam = new Optimizer(model, sam(sgd(0.05), climb, { opaqueMode: true }), { wrt: Param });
  for (let i = 0; i < 5; i++) {
    bySophia.update(model, grad(loss)(model), { valueFn: loss });
    bySam.update(model, grad(loss)(model), { gradFn: (m) => grad(loss)(m) });
  }
  expect(loss(model).dataSync()[0]!).toBeLessThan(before / 2);
  expect(state(bySam).entries.every(([, leaf]) => "value" in leaf)).toBe(true);
});
