/** @file Quantised layers compute what the rounded weights say, on every backend. */
import {
  Conv,
  ConvTranspose,
  Einsum,
  Embed,
  Int8Kernel,
  Linear,
  LinearGeneral,
  LSTMCell,
  Module,
  MultiHeadAttention,
  quantize,
  RNN,
  Rngs,
} from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

let rngs: Rngs;

beforeEach(() => {
  tf.engine().startScope();
  rngs = new Rngs(0);
});
afterEach(() => tf.engine().endScope());

type Layer = Module & { forward(x: tf.Tensor): tf.Tensor };

/** The weights as 8 bits have them, in float64: `outputs` are the axes that have scales. */
function roundedWeights(
  weights: Float32Array,
  shape: readonly number[],
  outputs: readonly number[],
): number[] {
  const keyOf = (place: number) => {
    let rest = place;
    const at: number[] = [];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at.unshift(rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
    return outputs.map((axis) => at[axis]).join();
  };
  const largest = new Map<string, number>();
  for (const [i, weight] of weights.entries()) {
    largest.set(keyOf(i), Math.max(largest.get(keyOf(i)) ?? 0, Math.abs(weight)));
  }
  return Array.from(weights, (weight, i) => {
    const scale = Math.fround(largest.get(keyOf(i))! / 127);
    const quotient = weight / scale;
    const nearest = Math.round(quotient);
    return (Math.abs(quotient % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest) * scale;
  });
}

interface Case {
  readonly make: () => Layer;
  readonly attribute?: "kernel" | "embedding";
  readonly outputs: readonly number[];
  readonly input: () => tf.Tensor;
}

const CASES: Record<string, Case> = {
  Linear: { make: () => new Linear(20, 24, { rngs }), outputs: [1], input: () => wave([3, 20]) },
  "Linear of many rows": {
    make: () => new Linear(20, 16, { rngs }),
    outputs: [1],
    input: () => wave([5, 20, 20]),
  },
  "Linear of odd columns": {
    make: () => new Linear(9, 21, { rngs }),
    outputs: [1],
    input: () => wave([2, 9]),
  },
  LinearGeneral: {
    make: () => new LinearGeneral(12, [3, 8], { rngs }),
    outputs: [1, 2],
    input: () => wave([2, 5, 12]),
  },
  "LinearGeneral that merges": {
    make: () => new LinearGeneral([3, 8], 20, { axis: [-2, -1], rngs }),
    outputs: [2],
    input: () => wave([2, 5, 3, 8]),
  },
  "LinearGeneral of the first axis": {
    make: () => new LinearGeneral(6, 16, { axis: 0, rngs }),
    outputs: [1],
    input: () => wave([6, 4]),
  },
  "LinearGeneral in groups": {
    make: () => new LinearGeneral(6, 16, { batchAxis: { 0: 3 }, rngs }),
    outputs: [0, 2],
    input: () => wave([3, 4, 6]),
  },
  Einsum: {
    make: () => new Einsum("nta,hab->nthb", [3, 10, 16], [3, 16], { rngs }),
    outputs: [0, 2],
    input: () => wave([2, 4, 10]),
  },
  "Einsum with its output in the middle": {
    make: () => new Einsum("...a,ba->...b", [12, 16], { rngs }),
    outputs: [0],
    input: () => wave([2, 3, 16]),
  },
  Conv: { make: () => new Conv(3, 16, [3, 3], { rngs }), outputs: [3], input: () => wave([2, 6, 6, 3]) },
  "Conv in groups": {
    make: () => new Conv(4, 16, [3], { featureGroupCount: 2, rngs }),
    outputs: [2],
    input: () => wave([2, 6, 4]),
  },
  ConvTranspose: {
    make: () => new ConvTranspose(3, 16, [2, 2], { strides: 2, rngs }),
    outputs: [3],
    input: () => wave([1, 3, 3, 3]),
  },
  "ConvTranspose by the kernel of a Conv": {
    make: () => new ConvTranspose(12, 5, [2, 2], { transposeKernel: true, rngs }),
    outputs: [2],
    input: () => wave([1, 3, 3, 12]),
  },
  Embed: {
    make: () => new Embed(20, 18, { rngs }),
    attribute: "embedding",
    outputs: [0],
    input: () => tf.tensor([0, 3, -1, 25, 19, 3], [2, 3], "int32"),
  },
};

test.each(Object.entries(CASES))("%s", async (_, { make, attribute = "kernel", outputs, input }) => {
  const layer = make();
  const { model, report } = await quantize(layer);
  const parameters = layer as unknown as Record<string, { shape: number[]; value: tf.Tensor }>;
  const kernel = parameters[attribute]!;
  expect((model as unknown as Record<string, unknown>)[attribute]).toBeInstanceOf(Int8Kernel);
  const before = (await kernel.value.data()) as Float32Array;
  const after = roundedWeights(before, kernel.shape, outputs);
  await expect((model as unknown as typeof parameters)[attribute]!.value).toBeAllClose(after, { rtol: 1e-6 });
  const output = model.forward(input());
  const full = layer.forward(input());
  kernel.value = tf.tensor(after, kernel.shape);
  const expected = layer.forward(input());
  expect(output.shape).toEqual(expected.shape);
  await expect(output).toBeAllClose(Array.from(await expected.data()), { rtol: 1e-5, atol: 1e-5 });
  // Eight bits: near what the layer gave, and not the same.
  const [exact, near] = [await full.data(), await expected.data()];
  const numbers = [...exact.keys()].filter((i) => !Number.isNaN(exact[i]!));
  const error = Math.hypot(...numbers.map((i) => near[i]! - exact[i]!)) / Math.hypot(...numbers.map((i) => exact[i]!)); // prettier-ignore
  expect(error).toBeLessThan(0.02);
  expect(error).toBeGreaterThan(0);
  const [of] = report.kernels;
  const change = Math.hypot(...before.map((weight, i) => weight - after[i]!)) / Math.hypot(...before);
  expect(of!.relativeError).toBeCloseTo(change, 6);
  expect(report.relativeError).toBeCloseTo(change, 6);
});

test("attention, and cells that are made of layers", async () => {
  const attention = new MultiHeadAttention(4, 32, { decode: false, rngs });
  const cell = new RNN(new LSTMCell(8, 16, { rngs }));
  const x = wave([2, 5, 32]);
  for (const [layer, input, kernels] of [
    [attention, x, 4],
    [cell, wave([2, 5, 8]), 8],
  ] as const) {
    const { model, report } = await quantize(layer as unknown as Layer);
    expect(report.kernels.length).toBe(kernels);
    const [near, exact] = [model.forward(input), (layer as unknown as Layer).forward(input)];
    await expect(near).toBeAllClose(Array.from(await exact.data()), { rtol: 0.1, atol: 0.05 });
  }
});

test("a row is off by no more than half a step of each weight", async () => {
  const layer = new Linear(64, 32, { useBias: false, rngs });
  const x = wave([1, 64]);
  const { model } = await quantize(layer);
  const scale = await (model.kernel as unknown as Int8Kernel).scale.value.data();
  const sum = Array.from(await x.data()).reduce((total, value) => total + Math.abs(value), 0);
  const [near, exact] = [await model.forward(x).data(), await layer.forward(x).data()];
  for (const [i, value] of near.entries()) {
    expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual((scale[i]! / 2) * sum * (1 + 1e-5) + 1e-6);
  }
});

test("the scores of tied weights", async () => {
  const table = new Embed(20, 18, { rngs });
  const { model } = await quantize(table);
  const query = wave([3, 18]);
  const weights = (model.embedding as unknown as Int8Kernel).value;
  const expected = tf.matMul(query, weights, false, true);
  await expect(model.attend(query)).toBeAllClose(Array.from(await expected.data()), {
    rtol: 1e-5,
    atol: 1e-6,
  });
});

test("outputs whose weights are all 0 stay 0", async () => {
  const layer = new Linear(8, 16, { useBias: false, kernelInit: (_, shape) => tf.zeros([...shape]), rngs });
  const { model, report } = await quantize(layer);
  await expect(model.forward(wave([2, 8]))).toBeAllClose(Array.from({ length: 32 }, () => 0));
  expect(report.relativeError).toBe(0);
});
