/** @file The times of long compilations. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { compileTimes, describeCompileTimes } from "../../src/bench/compile-times.ts";

test("each program is compiled in each length, and nothing is left", () => {
  const { numTensors } = tf.memory();
  const found = compileTimes([10, 40], 1);
  expect(found.map(({ program, operations }) => [program, operations])).toEqual([
    ["chain", 10],
    ["chain", 40],
    ["gradient", 10],
    ["gradient", 40],
  ]);
  expect(found.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test("a table has the time of one operation, and how much longer the next program takes", () => {
  const found = [
    { program: "chain", operations: 1000, milliseconds: 50 },
    { program: "chain", operations: 4000, milliseconds: 205 },
    { program: "gradient", operations: 1000, milliseconds: 150 },
  ] as const;
  expect(describeCompileTimes(found)).toMatchInlineSnapshot(`
    "operations        first call, ms  µs an operation     x
    chain of 1000               50.0             50.0
    chain of 4000                205             51.3  4.10
    gradient of 1000             150              150"
  `);
});
