/** @file On every backend, in Node and in browsers, a compiled step trains as the plain one does. */
import { jit } from "@nnx-js/jit";
import { Param, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";
import { setUp, step } from "../models.ts";

test("a compiled step trains as the plain one does", async () => {
  const [compiled, plain] = [setUp(), setUp()];
  const jitted = jit(step);
  const data = new Rngs(1);
  const [x, y] = [data.normal([16, 4]), data.normal([16, 2])];
  for (let i = 0; i < 3; i++) {
    const loss = jitted(compiled.model, compiled.optimizer, x, y, compiled.rngs);
    const expected = tf.tidy(() => step(plain.model, plain.optimizer, x, y, plain.rngs));
    // GPUs sum and divide in an order and with functions of their own.
    await expect(loss).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 });
    tf.dispose([loss, expected]);
  }
  await expect(compiled.model.norm.mean.value).toBeAllClose(plain.model.norm.mean.value, {
    rtol: 1e-4,
    atol: 1e-5,
  });
});

test("a Variable that a product changes in another order than it was read", async () => {
  const n = 24;
  const [w, x] = [new Param(new Rngs(1).normal([n, n])), new Rngs(2).normal([n, n])];
  const change = (w: Param, x: tf.Tensor) => {
    const sum = tf.add(tf.matMul(x, x), w.value);
    w.value = tf.reshape(tf.transpose(tf.reshape(sum, [n, 3, 8]), [1, 0, 2]), [n, n]);
    return tf.scalar(0);
  };
  const plain = new Param(tf.clone(w.value));
  change(plain, x);
  jit(change)(w, x);
  await expect(w.value).toBeAllClose(plain.value, { rtol: 1e-4, atol: 1e-5 });
});

test.runIf(inject("backend") === "webgpu")("a target for another backend is refused", async () => {
  await import("@nnx-js/jit/wasm");
  const add = jit((x: tf.Tensor) => tf.add(x, 1), { target: "wasm" });
  const x = tf.scalar(1);
  expect(() => add(x)).toThrow("Leave the target out: jit(fn) takes the one for webgpu.");
  x.dispose();
});
