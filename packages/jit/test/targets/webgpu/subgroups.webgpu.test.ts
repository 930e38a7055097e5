/** @file Code with subgroups gives the same as code without, to the bit. */
import { LayerNorm, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { jit } from "../../../src/index.ts";
import { hasSubgroups, relyOnSubgroups, trySubgroups } from "../../../src/targets/webgpu/device/subgroups.ts";
import { webgpuDevice } from "./run-tasks.ts";

afterEach(() => {
  vi.restoreAllMocks();
  relyOnSubgroups(webgpuDevice(), true);
});

test("they are known when the backend is there", () => {
  expect(hasSubgroups(webgpuDevice())).toBe(true);
});

const model = () => new LayerNorm(96, { rngs: new Rngs(0) });

/** What is computed, of the shapes of its arguments. */
const CASES: readonly [name: string, fn: (...args: tf.Tensor[]) => tf.Tensor, shapes: number[][]][] = [
  ["sums of short rows", (x) => tf.sum(x, 1), [[70, 9]]],
  ["sums of rows", (x) => tf.sum(x, 1), [[5, 700]]],
  ["sums of columns", (x) => tf.sum(x, 0), [[301, 5]]],
  ["a sum in two stages", (x) => tf.sum(x), [[300_001]]],
  ["products and extremes", (x) => tf.add(tf.prod(x, 1), tf.sub(tf.max(x, 1), tf.min(x, 1))), [[9, 130]]],
  ["places of extremes", (x) => tf.add(tf.argMax(x, 1), tf.argMin(x, 1)), [[9, 1000]]],
  ["truths", (x) => tf.add(tf.all(tf.less(x, 3), 1), tf.any(tf.greater(x, 2), 1)), [[40, 90]]],
  ["softmax", (x) => tf.softmax(x), [[7, 300]]],
  ["softmax of short rows", (x) => tf.softmax(x), [[33, 7]]],
  ["logarithms of softmax", (x) => tf.logSoftmax(x), [[3, 5000]]],
  ["normalised rows", (x) => model().forward(x), [[10, 96]]],
  [
    "normalised columns",
    (x) => tf.div(tf.sub(x, tf.mean(x, 0)), tf.sqrt(tf.mean(tf.square(x), 0))),
    [[64, 12]],
  ],
  [
    "one row by a matrix",
    (x, y) => tf.matMul(x, y),
    [
      [1, 300],
      [300, 40],
    ],
  ],
  [
    "few rows by a transposed matrix",
    (x, y) => tf.matMul(x, y, false, true),
    [
      [3, 257],
      [20, 257],
    ],
  ],
  [
    "a matrix by few columns",
    (x, y) => tf.matMul(x, y),
    [
      [50, 400],
      [400, 2],
    ],
  ],
  ["sums up to each of many", (x) => tf.cumsum(x), [[40_000]]],
];

test.each(CASES)("%s", async (_, fn, shapes) => {
  const args = shapes.map((shape, i) => new Rngs(i + 1).normal(shape));
  const results = [];
  for (const doRely of [true, false]) {
    relyOnSubgroups(webgpuDevice(), doRely);
    const compiled = jit(fn, { target: "webgpu" });
    const result = compiled(...args);
    results.push([...(await result.data())]);
    expect(compiled.lower(...args).includes("subgroupShuffleXor")).toBe(doRely);
    compiled.dispose();
    result.dispose();
  }
  expect(results[0]).toEqual(results[1]);
  expect(results[0]!.every(Number.isFinite)).toBe(true);
  tf.dispose(args);
});

test("a device whose subgroups are not as they should be goes without", async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice({ requiredFeatures: ["subgroups"] });
  const make = device.createShaderModule.bind(device);
  vi.spyOn(device, "createShaderModule").mockImplementation((descriptor) =>
    make({ ...descriptor, code: descriptor.code.replace("lane * 7u", "lane / 2u") }),
  );
  await trySubgroups(device);
  expect(hasSubgroups(device)).toBe(false);
  device.destroy();
  const another = (await navigator.gpu.requestAdapter())!;
  const plain = await another.requestDevice();
  await trySubgroups(plain);
  expect(hasSubgroups(plain)).toBe(false);
  plain.destroy();
});
