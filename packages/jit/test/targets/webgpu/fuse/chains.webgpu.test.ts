import { Rngs, softmaxCrossEntropyWithIntegerLabels } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { trace } from "../../../../src/capture/trace.ts";
import type { Buffer } from "../../../../src/expr/expr.ts";
import { prepare } from "../../../../src/plan/prepare.ts";
import type { Step } from "../../../../src/steps/step.ts";
import type { Chain } from "../../../../src/targets/webgpu/fuse/chain.ts";
import { findChains } from "../../../../src/targets/webgpu/fuse/find-chains.ts";
import { piecesOf } from "../../../../src/targets/webgpu/launch/pieces.ts";
import { type Elements, runTasks } from "../run-tasks.ts";

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
const same = (buffer: Buffer) => buffer;

/** Steps of `fn`, with what their buffers hold at first. */
async function stepsOf(fn: Fn, inputs: readonly tf.Tensor[]) {
  const { graph, sources } = trace(fn, [...inputs]);
  const { steps, parameters, outputOf } = prepare(graph, { language: "WGSL", finishing: new Set() });
  const contents = new Map<Buffer, Elements>();
  for (const [i, source] of sources.entries()) {
    const tensor = source.kind === "argument" ? inputs[source.leaf]! : undefined;
    const values = tensor ?? (source.kind === "captured" ? source.tensor : undefined);
    if (!values) throw new Error("expected a function of tensors");
    contents.set(parameters[i]!, (await values.data()).slice() as Elements);
  }
  return { steps, contents, outputOf, outputs: [...outputOf.keys()] };
}

/** What the outputs of `items` are. */
async function run(
  items: readonly (Step | Chain)[],
  given: ReadonlyMap<Buffer, Elements>,
  outputs: readonly Buffer[],
): Promise<{ results: Float32Array[]; labels: string[] }> {
  const tasks = piecesOf(items, (buffer) => outputs.includes(buffer)).map(({ task }) => task);
  const contents = new Map([...given].map(([buffer, elements]) => [buffer, elements.slice() as Elements]));
  for (const task of tasks) {
    for (const { role, ...buffer } of task.reads) {
      if (role.kind !== "constant") continue;
      const held = task.reads.find(({ id }) => id === buffer.id)!;
      contents.set(
        held,
        role.elements instanceof Uint8Array ? Uint32Array.from(role.elements) : role.elements.slice(),
      );
    }
  }
  const results = outputs.map(({ size }) => new Float32Array(size));
  outputs.forEach((buffer, i) => contents.set(buffer, results[i]!));
  await runTasks(tasks, contents);
  return { results, labels: tasks.map(({ label }) => label) };
}

/** Runs `fn` in chains, checks that it gives what its steps give one by one, and tells the tasks. */
async function checkChains(fn: Fn, inputs: readonly tf.Tensor[]) {
  const { steps, contents, outputs } = await stepsOf(fn, inputs);
  const chained = await run(findChains(steps, same), contents, outputs);
  const single = await run(steps, contents, outputs);
  for (const [i, result] of chained.results.entries()) {
    const difference = Math.max(...result.map((x, at) => Math.abs(x - single.results[i]![at]!)));
    expect(difference).toBeLessThan(1e-5);
    expect(result.every(Number.isFinite)).toBe(true);
  }
  return { labels: chained.labels, before: single.labels.length, results: chained.results };
}

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
