/** @file Single products, timed: contenders whose results differ are refused, so that this compares them, too. */
import { expect, inject, test } from "vitest";
import { compareProduct, describeProduct } from "../../src/bench/products/compare-products.ts";

test.each(["small-matmul", "small-conv"] as const)("%s is computed by all contenders alike", async (name) => {
  const backend = inject("backend");
  const comparison = await compareProduct(name, { rounds: 1, turn: 1, seconds: 1, backend });
  expect(comparison.withoutJaxJs).toBeUndefined();
  expect(comparison.measurements.map((measured) => measured.name)).toEqual([
    "nnx-js, jit",
    "TensorFlow.js",
    "jax-js, jit",
  ]);
  expect(comparison.measurements.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
  expect(describeProduct(comparison)).toMatch(/jax-js, jit +\S+ +\S+ +\S+ +1$/m);
});
