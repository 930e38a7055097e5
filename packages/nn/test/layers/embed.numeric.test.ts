import { DtypeError, Embed, grad, Rngs, ShapeMismatchError, state, toPureDict } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const make = (count = 3) => {
  const layer = new Embed(count, 2, { rngs: new Rngs(0) });
  layer.embedding.value = tf.tensor2d(
    Array.from({ length: count }, (_, i) => [10 * i, 10 * i + 1]),
    [count, 2],
  );
  return layer;
};
const indices = (...values: number[]) => tf.tensor1d(values, "int32");

test("the seed 0 gives Flax's table", async () => {
  const layer = new Embed(5, 3, { rngs: new Rngs(0) });
  const row = tf.slice(layer.embedding.value, [0, 0], [1, 3]);
  await expect(row).toBeAllClose([0.5796679, -0.523274, -0.4319574], { rtol: 2e-6, atol: 1e-6 });
});

test("negative indices count from the end, and those out of range give NaNs", async () => {
  const rows = make().forward(indices(0, 2, -1, -3, 3, -4, 2 ** 31 - 1, -(2 ** 31)));
  const nan = [NaN, NaN];
  await expect(rows).toBeAllClose([0, 1, 20, 21, 20, 21, 0, 1, ...nan, ...nan, ...nan, ...nan].flat());
});

test("an index out of range gives no gradient, and one given twice the sum", async () => {
  const weights = tf.tensor2d([[1], [2], [4], [8], [16]]);
  const loss = (layer: Embed) => tf.sum(tf.mul(layer.forward(indices(1, 1, -1, 3, -9)), weights));
  await expect(toPureDict(grad(loss)(make()))["embedding"] as tf.Tensor).toBeAllClose([0, 0, 3, 3, 4, 4]);
});

test("a table of one vector gives it for every index, whatever it is", async () => {
  const layer = make(1);
  const rows = layer.forward(tf.tensor2d([[0, 5, -3]], [1, 3], "int32"));
  expect(rows.shape).toEqual([1, 3, 2]);
  await expect(rows).toBeAllClose([0, 1, 0, 1, 0, 1]);
  const gradient = grad((m: Embed) => tf.sum(m.forward(indices(0, 5, -3))))(layer);
  await expect(toPureDict(gradient)["embedding"] as tf.Tensor).toBeAllClose([3, 3]);
});

test("indices of any shape become rows, and queries of any shape scores", async () => {
  const layer = make();
  expect(layer.forward(tf.scalar(1, "int32")).shape).toEqual([2]);
  expect(layer.forward(tf.zeros([2, 1, 3], "int32")).shape).toEqual([2, 1, 3, 2]);
  expect(layer.forward(tf.zeros([0], "int32")).shape).toEqual([0, 2]);
  await expect(layer.attend(tf.tensor1d([1, -1]))).toBeAllClose([-1, -1, -1]);
  expect(layer.attend(tf.ones([2, 1, 2])).shape).toEqual([2, 1, 3]);
});

test("bad input is an error", () => {
  const layer = make();
  expect(() => layer.forward(tf.ones([2]))).toThrow(DtypeError);
  expect(() => layer.forward(tf.ones([2]))).toThrow(
    "Embed: Input type must be an integer: expected int32 indices, got float32 of shape [2]. ",
  );
  expect(() => layer.attend(tf.ones([2, 3]))).toThrow(ShapeMismatchError);
  expect(() => new Embed(0, 2, { rngs: new Rngs(0) })).toThrow(/positive integer for numEmbeddings, got 0/);
});

test("a table has the metadata that it is given", () => {
  const layer = new Embed(2, 2, { rngs: new Rngs(0), embeddingMetadata: { tag: "words" } });
  expect(state(layer, "words").size).toBe(1);
});

test("training steps leave nothing behind", async () => {
  const [layer, tokens] = [make(), indices(1, 2, 9)];
  await expectNoLeak(() => {
    tf.tidy(() => {
      grad((m: Embed) => tf.sum(m.forward(tokens)))(layer);
    });
  });
});
