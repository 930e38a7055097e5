/** @file Tensors of values that come in pieces, on every backend. */
import { BackendMemoryError, tensorFromPieces } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test.each([
  ["float32", [700_000]],
  ["float32", [2, 3, 4]],
  ["int32", [300_001]],
  ["bool", [1_100_000]],
  ["float32", []],
  ["int32", [0, 3]],
] as const)("%s of the shape [%s]", async (dtype, shape) => {
  await expectNoLeak(async () => {
    let next = 0;
    using tensor = await tensorFromPieces(shape, dtype, async (into, begin) => {
      expect(begin).toBe(next);
      next += into.length;
      for (let i = 0; i < into.length; i++) into[i] = dtype === "bool" ? (begin + i) % 2 : begin + i;
      // Other tensors come in between: the wasm backend's memory may grow.
      using other = tf.zeros([1000]);
      await other.data();
    });
    expect([tensor.shape, tensor.dtype, next]).toEqual([shape, dtype, tensor.size]);
    const values = await tensor.data();
    expect(values.findIndex((value, i) => value !== (dtype === "bool" ? i % 2 : i))).toBe(-1);
    // A kernel reads it where it stands.
    using copy = tf.tidy(() => tf.add(tf.cast(tensor, "float32"), 0));
    expect((await copy.data())[tensor.size - 1] ?? 0).toBe(values[tensor.size - 1] ?? 0);
  }, 1);
});

test("the memory of the wasm backend may grow while it is read", async () => {
  const grown: tf.Tensor[] = [];
  using tensor = await tensorFromPieces([600_000], "float32", async (into, begin) => {
    for (let i = 0; i < into.length; i++) into[i] = begin + i;
    for (let i = 0; i < 4; i++) grown.push(tf.zeros([1_000_000]));
  });
  tf.dispose(grown);
  const values = await tensor.data();
  expect(values.findIndex((value, i) => value !== i)).toBe(-1);
});

test("an error of the reader leaves nothing over", async () => {
  await expectNoLeak(async () => {
    const reading = tensorFromPieces([700_000], "float32", async (_, begin) => {
      if (begin > 0 || tf.getBackend() !== "wasm") throw new Error("broken off");
    });
    await expect(reading).rejects.toThrow("broken off");
  });
});

test("the backend of the call is the tensor's", async () => {
  const backend = tf.getBackend();
  const reading = tensorFromPieces([3], "float32", async (into) => {
    await Promise.resolve();
    into.set([1, 2, 3]);
  });
  using tensor = await reading;
  using doubled = tf.mul(tensor, 2);
  expect([...(await doubled.data())]).toEqual([2, 4, 6]);
  expect(tf.getBackend()).toBe(backend);
});

test("a backend without room says so", async () => {
  // 64 GB, and what fits no memory of the wasm backend's.
  const sizes = tf.getBackend() === "wasm" ? [2 ** 34, 2 ** 30 - 1] : [2 ** 34];
  for (const size of sizes) {
    const before = tf.memory().numTensors;
    await expect(tensorFromPieces([size], "float32", async () => {})).rejects.toThrow(BackendMemoryError);
    expect(tf.memory().numTensors).toBe(before);
  }
});
