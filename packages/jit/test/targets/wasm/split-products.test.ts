/** @file Products of many terms for few elements, against sums in float64. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { Buffer } from "../../../src/expr/expr.ts";
import type { RoutineStep } from "../../../src/steps/step.ts";
import { splitProducts } from "../../../src/targets/wasm/split-products.ts";
import { runCompiled } from "./traced.ts";

function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24 - 0.4;
  });
}

test.each([
  [3, 2048, 5],
  // Primes: what is left over is a part of its own.
  [7, 4099, 9],
  [16, 12_799, 4],
  [1, 20_011, 3],
  [5, 65_536, 2],
])("%d x %d x %d", (m, k, n) => {
  const [left, right, bias] = [numbers(m * k, 1), numbers(k * n, 2), numbers(n, 3)];
  const [a, b] = [tf.tensor(left, [k, m]), tf.tensor(right, [k, n])];
  const fn = (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
    tf.mul(tf.add(tf.matMul(a, b, true), bias), 0.5);
  const [found] = runCompiled(fn, [a, b, tf.tensor(bias)]);
  for (const [at, value] of found!.dataSync().entries()) {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = bias[column]!;
    let size = 0;
    for (let i = 0; i < k; i++) {
      const term = left[i * m + row]! * right[i * n + column]!;
      sum += term;
      size += Math.abs(term);
    }
    expect(Math.abs(value - sum / 2) / size).toBeLessThan(1e-7);
  }
});

function productOf(m: number, k: number, n: number): RoutineStep {
  const [a, b, c] = [m * k, k * n, m * n].map((size, id): Buffer => ({ id, size, role: { kind: "temporary" } })) as [Buffer, Buffer, Buffer]; // prettier-ignore
  return {
    kind: "routine",
    label: "matmul",
    operands: [a, b, c].map((buffer) => ({ buffer, offset: 0 })),
    reads: [a, b],
    writes: [c],
    spec: { kind: "matmul", m, k, n, a: { row: 1, column: m }, b: { row: n, column: 1 } },
  };
}

test("parts are equal where they can be, and added up in one loop", () => {
  const step = productOf(32, 12_800, 128);
  const [products, sum, ...others] = splitProducts([step]);
  expect(others).toEqual([]);
  expect(products).toMatchObject({ spec: { k: 512, batch: [{ size: 25, c: 4096 }] } });
  expect(sum).toMatchObject({ kind: "map", size: 4096, stores: [{ buffer: step.writes[0] }] });
});

test.each([
  ["few terms", 32, 2000, 128],
  ["many elements", 784, 4096, 512],
  ["more terms than are added without what rounding takes", 3, 65_537, 4],
])("%s stay together", (_, m, k, n) => {
  const step = productOf(m, k, n);
  expect(splitProducts([step])).toEqual([step]);
});

test("products whose rows are contiguous stay together: threads take columns of their weights", () => {
  const step = productOf(32, 3136, 256);
  const product: RoutineStep = {
    ...step,
    spec: { kind: "matmul", m: 32, k: 3136, n: 256, a: { row: 3136, column: 1 }, b: { row: 256, column: 1 } },
  };
  expect(splitProducts([product])).toEqual([product]);
});
