/** @file Gradients that add up many terms keep their digits on cpu and wasm; webgpu adds them up in float32. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";

const COUNT = 2 * 256 * 512;

describe.skipIf(inject("backend") === "webgpu")("many terms", () => {
  test.each([
    [1, 1, "valid"],
    [3, 2, "same"],
  ] as const)("a filter of size %i, stride %i, %s", async (size, stride, pad) => {
    const shape: [number, number, number, number] = [2, 256, 512, 1];
    using x = full<tf.Rank.R4>(shape, 0.1);
    using filter = tf.zeros<tf.Rank.R4>([size, size, 1, 1]);
    using gradient = tf.grad((filter) => tf.sum(tf.conv2d(x, filter as tf.Tensor4D, stride, pad)))(filter);
    const found = await gradient.data();
    const centre = found[(size * size - 1) / 2]!;
    const windows = COUNT / (stride * stride);
    const expected = windows * Math.fround(0.1);
    expect(Math.abs(centre - expected) / expected).toBeLessThan(2e-6);
  });

  test("rows of a table that are gathered a million times", async () => {
    using table = tf.zeros([2, 1]);
    using indices = tf.zeros([1_000_003], "int32");
    using dy = full([1_000_003, 1], 0.1);
    using gradient = tf.grad((table) => tf.gather(table, indices))(table, dy);
    const expected = 1_000_003 * Math.fround(0.1);
    const [first, second] = await gradient.data();
    expect(Math.abs(first! - expected) / expected).toBeLessThan(2e-6);
    expect(second).toBe(0);
  });

  test("weights of a million numbers in one bin", async () => {
    using x = tf.zeros<tf.Rank.R1>([1_000_003], "int32");
    using weights = full<tf.Rank.R1>([1_000_003], 0.1);
    using counts = tf.bincount(x, weights, 2);
    const expected = 1_000_003 * Math.fround(0.1);
    expect(Math.abs((await counts.data())[0]! - expected) / expected).toBeLessThan(2e-6);
  });
});
