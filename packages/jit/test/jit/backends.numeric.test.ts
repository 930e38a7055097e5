/** @file On every backend, in Node and in browsers, a compiled step trains as the plain one does. */
import { jit } from "@nnx-js/jit";
import { Rngs } from "@nnx-js/nn";
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

test.runIf(inject("backend") === "webgpu")("a target for another backend is refused", () => {
  const add = jit((x: tf.Tensor) => tf.add(x, 1), { target: "wasm" });
  const x = tf.scalar(1);
  expect(() => add(x)).toThrow("Leave the target out: jit(fn) takes the one for webgpu.");
  x.dispose();
});
