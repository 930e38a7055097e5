/** @file The shape rules say what the kernels give. */
import { kernelShapes, random, type Distribution } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function specOf({ shape, dtype }: tf.Tensor) {
  return { shape, dtype };
}

test("each distribution's rule agrees with its tensor", () => {
  const key = random.key(0);
  const shape = [2, 3];
  const made: Partial<Record<Distribution, tf.Tensor>> = {
    bits: random.bits(key, shape),
    normal: random.normal(key, shape),
    bernoulli: random.bernoulli(key, 0.5, shape),
    randint: random.randint(key, shape, 0, 3),
  };
  for (const [distribution, tensor] of Object.entries(made)) {
    const attrs = { shape, distribution: distribution as Distribution, parameters: [] };
    expect(kernelShapes.ThreefryRandom({ key }, attrs)).toEqual([specOf(tensor)]);
  }
});

test("the rules of keys, orders and counts agree with their tensors", () => {
  const key = random.key(0);
  const x = tf.tensor1d([1, 0, 1], "bool");
  const count = tf.scalar(0, "int32");
  const keys = random.split(key, 3);
  expect(kernelShapes.ThreefrySplit({ key }, { n: 3 })).toEqual([specOf(keys)]);
  expect(kernelShapes.ThreefryTake({ keys }, { index: 1 })).toEqual([specOf(random.take(keys, 1))]);
  expect(kernelShapes.ThreefryFoldIn({ key }, { data: 1 })).toEqual([specOf(random.foldIn(key, 1))]);
  expect(kernelShapes.ThreefryPermutation({ key }, { n: 4 })).toEqual([specOf(random.permutation(key, 4))]);
  expect(kernelShapes.ThreefryPermutation({ key, x }, { n: 3 })).toEqual([
    specOf(random.permutation(key, x)),
  ]);
  expect(kernelShapes.Increment({ count }, {})).toEqual([specOf(random.increment(count))]);
});
