/** @file Products whose operands are held as float16, where the device can; elsewhere nothing changes. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { jit } from "../../../../src/index.ts";
import { randomFloats } from "./floats.ts";

// Asked for at once: the backend is there when tests begin only.
const hasHalves = (await navigator.gpu.requestAdapter())?.features.has("shader-f16") ?? false;
if (!hasHalves) {
  console.warn("SKIPPED: products of float16 cannot be computed: the adapter has no feature shader-f16");
}

/** `x` with a significand of 11 bits: rounded to the nearest, or towards zero, as drivers may. */
function halfOf(x: number, isNearest: boolean): number {
  // Below 2^-14 numbers lie as far apart as there.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(x))));
  const unit = 2 ** (exponent - 10);
  const steps = x / unit;
  if (!isNearest) return Math.trunc(steps) * unit;
  const below = Math.floor(steps);
  const isUp = steps - below > 0.5 || (steps - below === 0.5 && below % 2 !== 0);
  return (below + (isUp ? 1 : 0)) * unit;
}

function tensor(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(randomFloats(tf.util.sizeFromShape(shape), seed), shape);
}

/** `[batch, m, k]` by `[batch, k, n]` in float64. */
function product(a: readonly number[], b: readonly number[], [batch, m, n, k]: readonly number[]): number[] {
  const result: number[] = [];
  for (let i = 0; i < batch!; i++)
    for (let row = 0; row < m!; row++)
      for (let column = 0; column < n!; column++) {
        let sum = 0;
        for (let term = 0; term < k!; term++) {
          sum += a[(i * m! + row) * k! + term]! * b[(i * k! + term) * n! + column]!;
        }
        result.push(sum);
      }
  return result;
}

function worst(actual: ArrayLike<number>, expected: readonly number[]): number {
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
}

/** How far products of so many terms in [-1, 1) may be off in float32. */
const roundingOf = (terms: number) => 2 ** -23 * (8 + terms);

test.skipIf(!hasHalves)("they are those of operands rounded to float16, summed in float32", async () => {
  const size = fc.constantFrom(9, 16, 17, 33, 64, 130);
  await fc.assert(
    fc.asyncProperty(size, size, fc.constantFrom(33, 64, 129), fc.boolean(), async (m, n, k, isBatched) => {
      const sizes = [isBatched ? 3 : 1, m, n, k];
      // Enough work for tiles.
      const batch = Math.max(sizes[0]!, Math.ceil(2 ** 18 / (m * n * k)));
      const shapes = [
        [batch, m, k],
        [batch, k, n],
      ];
      const operands = shapes.map((shape, i) => randomFloats(tf.util.sizeFromShape(shape), 3 + i));
      const [a, b] = operands.map((elements, i) => tf.tensor(elements, shapes[i])) as [tf.Tensor, tf.Tensor];
      const compiled = jit((x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y), { matmulPrecision: "float16" });
      const result = compiled(a, b);
      expect(compiled.lower(a, b)).toContain("operands float16");
      const actual = await result.data<"float32">();
      const offs = [true, false].map((isNearest) => {
        const [x, y] = operands.map((elements) =>
          Array.from(elements, (element) => halfOf(element, isNearest)),
        );
        return worst(actual, product(x!, y!, [batch, m, n, k]));
      });
      expect(Math.min(...offs)).toBeLessThan(roundingOf(k));
      const [x, y] = operands.map((elements) => [...elements]);
      // And not those of float32.
      expect(worst(actual, product(x!, y!, [batch, m, n, k]))).toBeGreaterThan(roundingOf(k));
      compiled.dispose();
      tf.dispose([a, b, result]);
    }),
    { numRuns: 8 },
  );
});

test.skipIf(!hasHalves)("long sums and large tiles are as exact as the operands are", async () => {
  for (const [m, n, k] of [
    [1500, 1300, 36],
    [600, 700, 100],
    [40, 50, 9000],
    [20, 20, 5000],
  ] as const) {
    // Sums of whole numbers that float16 has are exact.
    const whole = (shape: number[], seed: number) => tf.round(tf.mul(tensor(shape, seed), 8));
    const [a, b] = [whole([m, k], 3), whole([k, n], 5)];
    const multiply = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y);
    const [halves, floats] = [jit(multiply, { matmulPrecision: "float16" }), jit(multiply)];
    const [actual, expected] = [halves(a, b), floats(a, b)];
    expect(await actual.data()).toEqual(await expected.data());
    expect(halves.lower(a, b)).toContain("operands float16");
    expect(floats.lower(a, b)).not.toContain("f16");
    halves.dispose();
    floats.dispose();
    tf.dispose([a, b, actual, expected]);
  }
});

/** A step with products of each kind. */
function gradients(x: tf.Tensor4D, filter: tf.Tensor4D, weights: tf.Tensor2D) {
  const loss = (f: tf.Tensor4D, w: tf.Tensor2D) => {
    // Smooth: a relu makes gradients of 0 elsewhere of what is nearly 0.
    const image = tf.elu(tf.conv2d(x, f, 1, "same"));
    return tf.mean<tf.Scalar>(tf.square(tf.matMul(tf.reshape(image, [x.shape[0], -1]), w)));
  };
  const { value, grads } = tf.valueAndGrads(loss as never)([filter, weights]);
  return [value, ...grads] as const;
}

const shapes = [
  [32, 8, 8, 16],
  [3, 3, 16, 32],
  [2048, 64],
];

/** How far each result is off with float16, by the largest element that it has without, and what is said of it. */
async function gradientsOff(): Promise<{ offs: number[]; text: string }> {
  const args = shapes.map((shape, i) => tensor(shape, 3 + i)) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor2D];
  const [halves, floats] = [jit(gradients, { matmulPrecision: "float16" }), jit(gradients)];
  const [actual, expected] = [halves(...args), floats(...args)];
  const offs: number[] = [];
  for (const [i, result] of actual.entries()) {
    const wanted = [...(await expected[i]!.data<"float32">())];
    const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    offs.push(worst(await result.data<"float32">(), wanted) / scale);
  }
  const text = halves.lower(...args);
  halves.dispose();
  floats.dispose();
  tf.dispose([...args, ...actual, ...expected]);
  return { offs, text };
}

test.skipIf(!hasHalves)("convolutions and gradients are within the rounding of their operands", async () => {
  const { offs, text } = await gradientsOff();
  for (const off of offs) expect(off).toBeLessThan(2 ** -8);
  expect(text).toMatch(/ convolution, operands float16/);
  expect(text).toMatch(/ filter gradient, operands float16/);
});

test.skipIf(hasHalves)("without the feature nothing changes, and that is said", async () => {
  const { offs, text } = await gradientsOff();
  expect(offs).toEqual([0, 0, 0]);
  expect(text).toContain("products: float32, and not float16 as asked for");
});
