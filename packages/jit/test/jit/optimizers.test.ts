/** @file What optimisers say under jit. */
import { jit } from "@nnx-js/jit";
import { Module, Param, valueAndGrad } from "@nnx-js/nn";
import { lbfgs, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

class Curve extends Module {
  readonly x = new Param(tf.tensor1d([-1.2, 1]));
}

const lossOf = (model: Curve) => tf.sum<tf.Scalar>(tf.square(model.x.value));

test("under jit a line search says that it cannot be compiled, and changes nothing", () => {
  const model = new Curve();
  const optimizer = new Optimizer(model, lbfgs(), { wrt: Param });
  const step = jit((m: Curve, o: typeof optimizer) => {
    const [value, grads] = valueAndGrad(lossOf)(m);
    o.update(m, grads, { value, valueFn: lossOf });
  });
  expect(() => step(model, optimizer)).toThrow(/a line search branches on the values/);
  expect(Array.from(model.x.value.dataSync())).toEqual([Math.fround(-1.2), 1]);
});
