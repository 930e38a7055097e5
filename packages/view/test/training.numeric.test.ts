/** @file Views at work: what training through one does to the others. */
import { BatchNorm, Dropout, Linear, Module, Rngs, Sequential } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("the statistics that a train view writes are those that an eval view reads", async () => {
  const model = new BatchNorm(2, { rngs: new Rngs(0), momentum: 0.5 });
  const trainModel = view(model, { useRunningAverage: false });
  const evalModel = view(model, { useRunningAverage: true });
  const x = tf.tensor2d([1, 2, 3, 6, 5, 10], [3, 2]);
  await expect(evalModel.forward(x)).toBeAllClose(x, { rtol: 1e-4 });
  trainModel.forward(x);
  await expect(model.mean.value).toBeAllClose([1.5, 3]);
  await expect(evalModel.mean.value).toBeAllClose([1.5, 3]);
  const scale = [0.5 + 0.5 * (8 / 3), 0.5 + 0.5 * (32 / 3)].map((variance) => Math.sqrt(variance + 1e-5));
  const expected = tf.div(tf.sub(x, [1.5, 3]), scale);
  await expect(evalModel.forward(x)).toBeAllClose(expected, { rtol: 1e-4 });
});

test("two train views draw in turn from one stream, and eval views draw nothing", async () => {
  const x = tf.ones([64]);
  const alone = new Dropout(0.5, { rngs: new Rngs(0) });
  const [mask0, mask1, mask2] = [alone.forward(x), alone.forward(x), alone.forward(x)];
  const model = new Dropout(0.5, { rngs: new Rngs(0) });
  const [first, second] = [view(model, { deterministic: false }), view(model, { deterministic: false })];
  const evalModel = view(model, { deterministic: true });
  await expect(first.forward(x)).toBeAllClose(mask0);
  expect(evalModel.forward(x)).toBe(x);
  await expect(second.forward(x)).toBeAllClose(mask1);
  await expect(first.forward(x)).toBeAllClose(mask2);
});

test("a write through one view is seen by the original and all views", async () => {
  const model = new Sequential(new Linear(2, 1, { rngs: new Rngs(0) }), new Dropout(0.5));
  const [one, other] = [view(model, { deterministic: true }), view(model, { deterministic: true })];
  one.layers[0].kernel.value = tf.tensor2d([2, 3], [2, 1]);
  const x = wave([4, 2]);
  const expected = tf.matMul(x, tf.tensor2d([2, 3], [2, 1]));
  await expect(other.forward(x)).toBeAllClose(expected);
  await expect(model.layers[0].forward(x)).toBeAllClose(expected);
});

test("a view made inside a forward writes to the outer model", async () => {
  class Evaluated extends Module {
    readonly norm = new BatchNorm(1, { rngs: new Rngs(0), momentum: 0, useRunningAverage: true });
    forward(x: tf.Tensor): tf.Tensor {
      return view(this.norm, { useRunningAverage: false }).forward(x);
    }
  }
  const model = new Evaluated();
  model.forward(tf.tensor2d([1, 3], [2, 1]));
  await expect(model.norm.mean.value).toBeAllClose([2]);
});
