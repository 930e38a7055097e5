import { BatchNorm, type BatchNormOptions, Rngs, valueAndGrad } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const make = (features = 2, options: Partial<BatchNormOptions> = {}) =>
  new BatchNorm(features, { rngs: new Rngs(0), ...options });
const x = () =>
  tf.tensor2d([
    [1, 2],
    [3, 6],
    [5, 10],
  ]);

test("a training call normalises by the batch and moves the statistics as Flax does, and evaluation uses them", async () => {
  const bn = make();
  const y = [-1.2247425, -1.2247442, 0, 0, 1.2247425, 1.2247442];
  await expect(bn.forward(x())).toBeAllClose(y, { rtol: 1e-4, atol: 1e-5 });
  await expect(bn.mean.value).toBeAllClose([0.03, 0.06]);
  await expect(bn.var.value).toBeAllClose([1.0166667, 1.0966667]);
  const evaluated = bn.forward(x(), { useRunningAverage: true });
  await expect(tf.slice(evaluated, [0, 0], [1, 2])).toBeAllClose([0.9620116, 1.852518]);
  await expect(bn.mean.value).toBeAllClose([0.03, 0.06]);
});

test("with momentum 0.9, two training calls give Flax's statistics", async () => {
  const bn = make(2, { momentum: 0.9 });
  bn.forward(x());
  bn.forward(x());
  await expect(bn.mean.value).toBeAllClose([0.57, 1.14]);
  await expect(bn.var.value).toBeAllClose([1.3166668, 2.8366671]);
});

test("a training batch of one gives zeros and a variance of 0.99, as in Flax", async () => {
  const bn = make();
  await expect(bn.forward(tf.tensor2d([[7, -3]]))).toBeAllClose([0, 0]);
  await expect(bn.var.value).toBeAllClose([0.99, 0.99]);
  await expect(bn.mean.value).toBeAllClose([0.07, -0.03]);
});

test("a training input without a batch axis is a batch of one, as in Flax", async () => {
  const bn = make();
  await expect(bn.forward(tf.tensor1d([7, -3]))).toBeAllClose([0, 0]);
  await expect(bn.var.value).toBeAllClose([0.99, 0.99]);
  await expect(bn.mean.value).toBeAllClose([0.07, -0.03]);
});

test("only what the mask lets in enters the statistics", async () => {
  const bn = make(2, { momentum: 0.9 });
  const poisoned = tf.tensor2d([
    [1, 2],
    [3, 6],
    [NaN, Infinity],
  ]);
  const mask = tf.tensor2d([[1], [1], [0]], [3, 1], "bool");
  await expect(tf.slice(bn.forward(poisoned, { mask }), [0, 0], [2, 2])).toBeAllClose([-1, -1, 1, 1], {
    rtol: 1e-4,
  });
  await expect(bn.mean.value).toBeAllClose([0.2, 0.4]);
  await expect(bn.var.value).toBeAllClose([1, 1.3]);
});

test("features may be on any axis", async () => {
  const [last, first] = [make(), make(2, { axis: 1 })];
  const y = last.forward(tf.reshape(x(), [3, 1, 2]));
  const moved = first.forward(tf.reshape(x(), [3, 2, 1]));
  expect([y.shape, moved.shape]).toEqual([
    [3, 1, 2],
    [3, 2, 1],
  ]);
  await expect(tf.reshape(moved, [-1])).toBeAllClose(tf.reshape(y, [-1]));
  await expect(first.var.value).toBeAllClose(last.var.value);
  const middle = make(2, { axis: -2 });
  await expect(tf.reshape(middle.forward(tf.reshape(x(), [3, 2, 1])), [-1])).toBeAllClose(
    tf.reshape(y, [-1]),
  );
});

test("the slow variance is exact where the fast one is not", async () => {
  const large = tf.tensor2d([[10000], [10001], [10002]]);
  const slow = make(1, { useFastVariance: false });
  await expect(slow.forward(large)).toBeAllClose([-1.2247, 0, 1.2247], { rtol: 1e-3, atol: 1e-3 });
  await expect(slow.var.value).toBeAllClose([0.99 + 0.01 * (2 / 3)], { rtol: 1e-4 });
  const fast = make(1);
  fast.forward(large);
  expect(Number((await fast.var.value.data())[0])).toBeGreaterThanOrEqual(0.99);
});

test("scale and bias are applied, and can be left out", async () => {
  const bn = make();
  bn.scale!.value = tf.tensor1d([2, 3]);
  bn.bias!.value = tf.tensor1d([10, 20]);
  const y = [10 - 2 * 1.2247425, 20 - 3 * 1.2247442, 10, 20, 10 + 2 * 1.2247425, 20 + 3 * 1.2247442];
  await expect(bn.forward(x())).toBeAllClose(y, { rtol: 1e-5, atol: 1e-5 });
  const bare = make(2, { useBias: false, useScale: false });
  expect([bare.scale, bare.bias]).toEqual([undefined, undefined]);
  await expect(bare.forward(x())).toBeAllClose(make().forward(x()));
});

test("training steps leave nothing behind", async () => {
  const bn = make();
  const input = x();
  await expectNoLeak(() => {
    tf.tidy(() => {
      valueAndGrad((layer: BatchNorm) => tf.sum(tf.square(layer.forward(input))))(bn);
    });
  });
});
