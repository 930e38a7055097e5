/** @file Compiled steps that make models for themselves: second order, scopes, States that remember their filter. */
import { jit } from "@nnx-js/jit";
import {
  clone,
  grad,
  Linear,
  mapState,
  merge,
  Param,
  Rngs,
  Sequential,
  split,
  type State,
  state,
  tanh,
  update,
  valueAndGrad,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { scope, useBackend } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(() => useBackend("wasm"));

const makeModel = () => {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(1, 4, { rngs }), tanh, new Linear(4, 1, { rngs }));
};
type Net = ReturnType<typeof makeModel>;

const lossOf = (net: Net) => tf.mean(tf.square(tf.sub(net.forward(tf.ones([3, 1])), 1)));

/** One step of meta-learning. */
function metaStep(model: Net, optimizer: Optimizer<Net>): tf.Tensor {
  const adapted = (net: Net) => {
    const grads = grad(lossOf)(net);
    const [definition, params] = split(net, Param);
    const move = (path: State["entries"][0][0], param: Param) =>
      tf.sub(param.value, tf.mul(grads.leaf(...path).value, 0.1));
    return merge(definition, mapState(move, params));
  };
  const [loss, grads] = valueAndGrad((net: Net) => lossOf(adapted(net)))(model);
  optimizer.update(model, grads);
  return loss;
}

async function lossesOf(step: typeof metaStep): Promise<number[]> {
  const model = makeModel();
  const optimizer = new Optimizer(model, adam(0.01), { wrt: Param });
  const losses: number[] = [];
  const run = async () => {
    using loss = step(model, optimizer);
    losses.push((await loss.data())[0]!);
  };
  await run();
  await expectNoLeak(run);
  await run();
  return losses;
}

describe("steps of meta-learning", () => {
  const compiled = jit(metaStep);
  const ways: [string, typeof metaStep][] = [
    ["compiled", compiled],
    [
      "compiled, with a scope inside",
      jit((model: Net, optimizer: Optimizer<Net>) => scope(() => metaStep(model, optimizer))),
    ],
    ["compiled, in a scope", (model, optimizer) => scope(() => compiled(model, optimizer))],
  ];
  test.each(ways)("%s have the losses of eager ones and leave nothing behind", async (_, step) => {
    const expected = await lossesOf((model, optimizer) => scope(() => metaStep(model, optimizer)));
    for (const [i, loss] of (await lossesOf(step)).entries()) expect(loss).toBeCloseTo(expected[i]!, 6);
  });
});

test("a model that a compiled function gives belongs to the scope around the call", async () => {
  const [model, copyOf] = [makeModel(), jit((net: Net) => clone(net))];
  scope(() => copyOf(model)).dispose();
  await expectNoLeak(() => scope(() => void copyOf(model)));
});

test("gradients that a compiled function gives are whole for what they were taken for", async () => {
  const model = makeModel();
  const grads = jit(grad(lossOf))(model);
  update(model, grads);
  await expect(model.layers[2].bias!.value).toBeAllClose(grads.leaf("layers", 2, "bias").value);
  expect(() => update(model, state(model.layers[0]))).toThrow(/Not in the model: bias, kernel/);
});
