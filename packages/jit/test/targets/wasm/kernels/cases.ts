/** @file What the tests of the kernels share: their inputs, and how a case is checked. */
import { wave } from "@nnx-js/testing";
import type * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";
import { expectSame } from "../traced.ts";

export type Case = [
  name: string,
  fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  inputs: () => tf.Tensor[],
];

export const x = () => wave([3, 5], 1, 0.3);
export const y = () => wave([3, 5], 1, 1.9);

/** Tests that compiled code gives what TensorFlow.js gives. */
export function testCases(cases: Case[]): void {
  test.each(cases)("%s", async (_, fn, inputs) => {
    await expectSame(fn, inputs());
  });
}
