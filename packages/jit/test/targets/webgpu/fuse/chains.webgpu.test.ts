import { Rngs, softmaxCrossEntropyWithIntegerLabels } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { findChains } from "../../../../src/targets/webgpu/fuse/find-chains.ts";
import { checkChains, type Fn, run, same, stepsOf } from "./check-chains.ts";

/** As `LayerNorm` does it. */
function layerNorm(x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const mean = tf.mean(x, -1, true);
  const variance = tf.sub(tf.mean(tf.square(x), -1, true), tf.square(mean));
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-6))), scale), bias);
}

const numbers = (shape: number[], seed = 1) => new Rngs(seed).normal(shape);

describe("one task does", () => {
  test.each([
    [5, 7],
    [1, 300],
    [300, 2],
    [33, 64],
    [64, 500],
  ])("a softmax of %d rows of %d", async (rows, columns) => {
    const x = numbers([rows, columns]);
    const { labels, results } = await checkChains((each) => tf.softmax(each), [x]);
    expect(labels).toHaveLength(1);
    const values = await x.data();
    const exact = Array.from({ length: rows }, (_, row) => {
      const exps = Array.from(values.slice(row * columns, (row + 1) * columns), Math.exp);
      const total = exps.reduce((sum, exp) => sum + exp);
      return exps.map((exp) => exp / total);
    });
    expect(Math.max(...exact.flat().map((value, i) => Math.abs(value - results[0]![i]!)))).toBeLessThan(1e-6);
  });

  test("a layer normalisation", async () => {
    const inputs = [numbers([20, 48]), numbers([48], 2), numbers([48], 3)];
    const { labels } = await checkChains((x, scale, bias) => layerNorm(x, scale, bias), inputs);
    expect(labels).toHaveLength(1);
  });

  test("a cross-entropy of integer labels, for each row", async () => {
    const labels = tf.tensor1d([0, 3, 9, 1, 1], "int32");
    const loss = (logits: tf.Tensor) => softmaxCrossEntropyWithIntegerLabels(logits, labels);
    const { before, labels: tasks } = await checkChains(loss, [numbers([5, 10])]);
    expect(tasks.length).toBeLessThan(before);
  });
});

test("gradients of softmax and layer normalisation take fewer tasks", async () => {
  const inputs = [numbers([24, 32]), numbers([32], 2), numbers([32], 3), numbers([24, 32], 4)];
  const loss = (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor, weights: tf.Tensor) =>
    tf.sum(tf.mul(tf.softmax(layerNorm(x, scale, bias)), weights));
  const fn: Fn = (x, scale, bias, weights) => tf.grads((a, b, c) => loss(a, b, c, weights))([x, scale, bias]);
  const { before, labels } = await checkChains(fn, inputs);
  expect(labels.length).toBeLessThan(before / 2);
});

test("a chain stores what others need of it", async () => {
  const x = numbers([10, 20]);
  const fn = (each: tf.Tensor) => {
    const largest = tf.max(each, 1, true);
    const exps = tf.exp(tf.sub(each, largest));
    return [exps, largest, tf.div(exps, tf.sum(exps, 1, true)), tf.transpose(exps)];
  };
  await checkChains(fn, [x]);
});

test("what needs another row, or all of them, is no part of a chain", async () => {
  const x = numbers([16, 16]);
  const fn = (each: tf.Tensor) => {
    const total = tf.sum(each, 1, true);
    return [
      tf.add(each, tf.transpose(total)),
      tf.add(each, tf.sum(total)),
      tf.add(tf.transpose(each), total),
    ];
  };
  await checkChains(fn, [x]);
});

test("a step that waits for more does not make a chain wait", async () => {
  const x = numbers([8, 8]);
  const fn = (each: tf.Tensor) => {
    const total = tf.sum(each, 1, true);
    // The product comes later than the sum.
    return [tf.sqrt(tf.abs(total)), tf.mul(tf.cumsum(tf.cumsum(each, 1), 0), total)];
  };
  const { steps, outputs, contents } = await stepsOf(fn, [x]);
  const { labels } = await run(findChains(steps, same), contents, outputs);
  expect(labels.some((label) => label.startsWith("map 64"))).toBe(true);
});

test("what follows from sums over very long columns is part of the last of their tasks", async () => {
  const x = numbers([20_011, 3]);
  const fn = (each: tf.Tensor) => {
    const [mean, square] = [tf.mean(each, 0), tf.mean(tf.square(each), 0)];
    const variance = tf.sub(square, tf.square(mean));
    return [mean, tf.rsqrt(tf.add(variance, 1e-5)), tf.sub(each, mean)];
  };
  const { labels } = await checkChains(fn, [x]);
  expect(labels).toHaveLength(3);
});
