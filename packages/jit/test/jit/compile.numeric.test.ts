/** @file Compiling before the first call. */
import { Linear, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../../src/index.ts";

test("compiles for the arguments, computes nothing, and the call uses it", async () => {
  let traces = 0;
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const forward = jit((model: Linear, x: tf.Tensor) => {
    traces++;
    model.bias!.value = tf.add(model.bias!.value, 1);
    return model.forward(x);
  });
  const x = tf.ones([4, 3]);
  const before = tf.memory().numTensors;
  await forward.compile(model, x);
  expect([traces, forward.cacheSize(), tf.memory().numTensors]).toEqual([1, 1, before]);
  expect([...(await model.bias!.value.data())]).toEqual([0, 0]);
  const y = forward(model, x);
  expect(traces).toBe(1);
  expect([...(await model.bias!.value.data())]).toEqual([1, 1]);
  tf.dispose([x, y]);
  forward.dispose();
});

test("rejects with what a call would throw", async () => {
  const branch = jit((x: tf.Tensor) => (x.dataSync()[0]! > 0 ? x : tf.neg(x)));
  await expect(branch.compile(tf.scalar(1))).rejects.toThrow("dataSync");
  branch.dispose();
  await expect(branch.compile(tf.scalar(1))).rejects.toThrow("before dispose()");
});
