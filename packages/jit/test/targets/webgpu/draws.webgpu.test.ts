/** @file Random numbers that several launches need: drawn again by each, or stored once, whichever moves less. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../../../src/index.ts";

const SHAPE = [128, 96];

/** How many launches draw bits, of a program that gives what TensorFlow.js's kernels do. */
async function drawing(fn: (key: tf.Tensor) => tf.Tensor): Promise<number> {
  const key = random.key(5);
  const compiled = jit(fn, { target: "webgpu" });
  const [actual, expected] = [compiled(key), tf.tidy(() => fn(key))];
  await expect(actual).toBeAllClose(expected, { rtol: 1e-5 });
  const modules = compiled.lower(key).split("WGSL of launch").slice(1);
  compiled.dispose();
  tf.dispose([key, actual, expected]);
  return modules.filter((text) => text.includes("= threefry_bits(")).length;
}

/** What needs `mask` in so many launches: sums over one axis, then, with these, over the other, and so on. */
function sumsOf(mask: tf.Tensor, launches: number): tf.Tensor {
  let last: tf.Tensor = tf.sum(tf.where(mask, 1, 2), 1, true);
  for (let i = 1; i < launches; i++) {
    last = tf.sum(tf.where(mask, tf.mul(last, 0.01), i), i % 2 === 0 ? 1 : 0, true);
  }
  return last;
}

test("a mask that two launches need is drawn by each", async () => {
  expect(await drawing((key) => sumsOf(random.bernoulli(key, 0.7, SHAPE), 2))).toBe(2);
});

test("one that many need is drawn once, and so are numbers that cost more", async () => {
  expect(await drawing((key) => sumsOf(random.bernoulli(key, 0.7, SHAPE), 6))).toBe(1);
  expect(await drawing((key) => sumsOf(tf.greater(random.normal(key, SHAPE), 0.1), 3))).toBe(1);
});
