/** @file Arguments in which one list stands in many places are gone over once for each list. */
import { Linear, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../../src/index.ts";
import { anchorOf } from "../../src/tree/anchor.ts";

/** Each level holds the one below it 12 times; there are 12^7 ways through 7 levels. */
function levels(bottom: unknown[]): { top: unknown[]; reads: () => number } {
  let reads = 0;
  const counting = (list: unknown[]): unknown[] =>
    new Proxy(list, {
      get(target, key) {
        reads++;
        return Reflect.get(target, key) as unknown;
      },
    });
  let top = counting(bottom);
  for (let level = 0; level < 7; level++) top = counting(Array.from({ length: 12 }, () => top));
  return { top, reads: () => reads };
}

test("a search for a Module looks into each list once", () => {
  const { top, reads } = levels([1, "two"]);
  expect(anchorOf([top])).toBeUndefined();
  expect(reads()).toBeLessThan(1000);
});

test("a Module below all of them is found, wherever lists hold themselves", () => {
  const model = new Linear(1, 1, { rngs: new Rngs(0) });
  const cycle: unknown[] = [];
  cycle.push(cycle, { cycle });
  const { top } = levels([cycle, { deep: [[[[[[[[[[[model]]]]]]]]]]] }]);
  expect(anchorOf([top])).toBe(model);
});

test("calls go over each list a few times, not over each way to it", () => {
  const { top, reads } = levels([tf.ones([2])]);
  using sum = jit((list: unknown[]) => {
    let at: unknown = list;
    while (Array.isArray(at)) at = at[0];
    return tf.sum(at as tf.Tensor);
  });
  for (let call = 0; call < 3; call++)
    expect((sum(top) as tf.Scalar).dataSync()).toEqual(new Float32Array([2]));
  expect(reads()).toBeLessThan(10_000);
  expect(sum.cacheSize()).toBe(1);
});
