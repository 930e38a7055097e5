import { BatchNorm, grad, Linear, Param, PathContains, Rngs, select, Sequential } from "@nnx-js/nn";
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function makeModel() {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(2, 2, { rngs }), new BatchNorm(2, { rngs }), new Linear(2, 1, { rngs }));
}
type Model = ReturnType<typeof makeModel>;

const gradientsOf = (net: Model, input: tf.Tensor) =>
  grad((inner: Model) => tf.sum(inner.forward(input)))(net);

test.each([
  ["is given", () => jit(gradientsOf)],
  [
    "closes over",
    (model: Model) => {
      const compiled = jit((input: tf.Tensor) => gradientsOf(model, input));
      return (_: Model, input: tf.Tensor) => compiled(input);
    },
  ],
])("a function that was traced before the model that it %s was frozen is traced again", async (_, make) => {
  const model = makeModel();
  const x = tf.tensor2d([1, 2, 3, -4], [2, 2]);
  const gradients = make(model);
  const meanOf = async () => [...(await model.layers[1].mean.value.data())];
  expect(gradients(model, x).size).toBe(6);
  const moved = await meanOf();
  expect(moved).not.toEqual([0, 0]);

  select(model)
    .where([PathContains(0), BatchNorm])
    .freeze();
  expect([...gradients(model, x)].map(([path]) => path.join("."))).toEqual([
    "layers.2.bias",
    "layers.2.kernel",
  ]);
  expect(await meanOf()).toEqual(moved);

  select(model).where(Param).unfreeze();
  select(model).where(BatchNorm).unfreeze();
  expect(gradients(model, x).size).toBe(6);
  expect(await meanOf()).not.toEqual(moved);
});
