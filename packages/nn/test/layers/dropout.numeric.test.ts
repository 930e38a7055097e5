import { Dropout, grad, Rngs } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const exact = { rtol: 0, atol: 0 };
const ones = () => tf.ones([1, 10]);
const FORKED = [2, 0, 2, 0, 2, 2, 2, 0, 2, 2];
const AT_CALL = [0, 2, 2, 2, 2, 0, 0, 2, 0, 2];

test("streams given to the constructor are forked, those of the call are not: Flax's masks", async () => {
  await expect(new Dropout(0.5, { rngs: new Rngs({ dropout: 0 }) }).forward(ones())).toBeAllClose(
    FORKED,
    exact,
  );
  const layer = new Dropout(0.5);
  await expect(layer.forward(ones(), { rngs: new Rngs({ dropout: 0 }) })).toBeAllClose(AT_CALL, exact);
  await expect(layer.forward(ones(), { rngs: new Rngs({ dropout: 0 }).fork() })).toBeAllClose(FORKED, exact);
});

test("the streams of the call beat those kept", async () => {
  const layer = new Dropout(0.5, { rngs: new Rngs(9) });
  await expect(layer.forward(ones(), { rngs: new Rngs(0) })).toBeAllClose(AT_CALL, exact);
  expect([...(await layer.rngs!.count.value.data())]).toEqual([0]);
});

test("keys come from Rngs, from one stream, or are given as they are", async () => {
  const layer = new Dropout(0.5);
  await expect(layer.forward(ones(), { rngs: new Rngs(0).stream() })).toBeAllClose(AT_CALL, exact);
  const key = random.foldIn(random.key(0), 0);
  await expect(layer.forward(ones(), { rngs: key })).toBeAllClose(AT_CALL, exact);
  await expect(layer.forward(ones(), { rngs: key })).toBeAllClose(AT_CALL, exact);
  const named = new Dropout(0.5, { rngCollection: "noise" });
  await expect(named.forward(ones(), { rngs: new Rngs({ default: 5, noise: 0 }) })).toBeAllClose(
    AT_CALL,
    exact,
  );
});

test("each call draws the next key", async () => {
  const layer = new Dropout(0.5, { rngs: new Rngs(0) });
  const [first, second] = [layer.forward(ones()), layer.forward(ones())];
  expect([...(await first.data())]).not.toEqual([...(await second.data())]);
  expect([...(await layer.rngs!.count.value.data())]).toEqual([2]);
});

test("along broadcastDims all elements share one decision", async () => {
  const y = new Dropout(0.5, { broadcastDims: [0, -1] }).forward(tf.ones([4, 6, 3]), { rngs: new Rngs(0) });
  const values = [...(await y.data())];
  const decisions = new Set<string>();
  for (let i = 0; i < 6; i++) {
    const column = values.filter((_, at) => Math.floor(at / 3) % 6 === i);
    expect(new Set(column).size).toBe(1);
    decisions.add(String(column[0]));
  }
  expect(decisions.size).toBe(2);
});

test("what is dropped is zero even where the input is not finite, and gradients flow where it is kept", async () => {
  const rngs = () => ({ rngs: new Rngs(0) });
  const x = tf.tensor2d([[NaN, 1, 1, 1, 1, Infinity, NaN, 1, NaN, 1]]);
  await expect(new Dropout(0.5).forward(x, rngs())).toBeAllClose(AT_CALL, exact);
  const gradient = grad((t: tf.Tensor) => tf.sum(new Dropout(0.5).forward(t, rngs())))(ones());
  await expect(gradient).toBeAllClose(AT_CALL, exact);
});

test("rate 1 gives zeros, whatever the input, and draws no key", async () => {
  const rngs = new Rngs(0);
  await expect(new Dropout(1).forward(tf.tensor1d([1, NaN]), { rngs })).toBeAllClose([0, 0], exact);
  expect([...(await rngs.stream().count.value.data())]).toEqual([0]);
});
