/** @file Matchers for tensors: `await expect(tensor).toBeAllClose(expected, { rtol, atol })`. */
import * as tf from "@tensorflow/tfjs-core";
import type { ExpectStatic } from "vitest";
import type { GoldenArray } from "./golden.ts";
import { fromGolden } from "./golden.ts";

/** Largest error allowed: `atol + rtol * |expected|`. */
export interface Tolerance {
  /** Relative part, 1e-5 unless given. */
  rtol?: number;
  /** Absolute part, 1e-6 unless given. */
  atol?: number;
  /** Makes the relative part one of the largest number expected, or of 1: what is left where terms of that size cancel. */
  scaled?: boolean;
}

/** What a tensor can be compared with: a tensor, a reference array or numbers in row-major order. */
type Expected = tf.Tensor | GoldenArray | readonly number[];

async function valuesOf(
  array: Expected,
): Promise<{ shape: number[] | undefined; values: ArrayLike<number> }> {
  if (array instanceof tf.Tensor) return { shape: array.shape, values: await array.data() };
  if ("data" in array) {
    const tensor = fromGolden(array);
    const values = tensor.dataSync().slice();
    tensor.dispose();
    return { shape: array.shape, values };
  }
  return { shape: undefined, values: array };
}

/** The largest finite magnitude, at least 1. */
const largestOf = (values: ArrayLike<number>) =>
  Array.from(values, (value) => Math.abs(value))
    .filter(Number.isFinite)
    .reduce((largest, value) => Math.max(largest, value), 1);

async function toBeAllClose(
  received: tf.Tensor,
  expected: Expected,
  { rtol = 1e-5, atol = 1e-6, scaled = false }: Tolerance = {},
) {
  const actual = await received.data();
  const { shape, values } = await valuesOf(expected);
  const problems: string[] = [];
  if (shape && shape.join() !== received.shape.join()) {
    problems.push(`shape: expected [${shape.join(", ")}], got [${received.shape.join(", ")}]`);
  } else if (values.length !== actual.length) {
    problems.push(`size: expected ${values.length}, got ${actual.length}`);
  } else {
    let wrong = 0;
    const largest = scaled ? largestOf(values) : 0;
    for (let i = 0; i < values.length; i++) {
      const [a, e] = [Number(actual[i]), Number(values[i])];
      // Of an infinity every number is within a relative tolerance.
      const close = Number.isFinite(e) && Math.abs(a - e) <= atol + rtol * Math.max(largest, Math.abs(e));
      if (Object.is(a, e) || a === e || close) continue;
      wrong++;
      if (wrong <= 5) problems.push(`[${i}]: expected ${e}, got ${a}, off by ${Math.abs(a - e)}`);
    }
    if (wrong > 5) problems.push(`and ${wrong - 5} more of ${values.length}`);
  }
  return {
    pass: problems.length === 0,
    message: () =>
      `not all close (rtol ${rtol}${scaled ? " of the largest" : ""}, atol ${atol}):\n${problems.join("\n")}`,
  };
}

/** Adds the matchers to vitest's `expect`. */
export function installMatchers(expect: ExpectStatic): void {
  expect.extend({ toBeAllClose });
}

declare module "vitest" {
  interface Matchers<T> {
    /** Every element within `atol + rtol * |expected|`, and the shape equal; NaN equals NaN. Asynchronous: await it. */
    toBeAllClose(expected: Expected, tolerance?: Tolerance): Promise<T>;
  }
}
