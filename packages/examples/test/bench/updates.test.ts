/** @file The times of updates. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { describeUpdateTimes, transformerShapes, updateTimes } from "../../src/bench/updates.ts";

test("each optimiser is timed beside a copy, and nothing is left", async () => {
  const { numTensors } = tf.memory();
  const found = await updateTimes({ rounds: 1, turn: 1, seconds: 1 }, [], [[3, 4], [4]]);
  expect(found).toMatchObject({ tensors: 2, elements: 16 });
  const names = found.measurements.map(({ name }) => name);
  expect(names.slice(0, 2)).toEqual(["copy", "adamw"]);
  // Gradients and parameters of 16 elements, and two means of each; the count of updates and of steps.
  expect(found.moved.get("adamw")).toBe(4 * (7 * 16 + 2 * 2));
  expect(found.moved.get("sgd")).toBeLessThan(4 * (3 * 16 + 2 * 3));
  expect(found.measurements.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test("those named are timed beside AdamW", async () => {
  const { measurements } = await updateTimes({ rounds: 1, turn: 1, seconds: 1 }, ["sgd", "lion"], [[3, 4]]);
  expect(measurements.map(({ name }) => name)).toEqual(["copy", "adamw", "lion", "sgd"]);
});

test("a table says how many times as long as the copy an update takes", () => {
  const measurements = [
    { name: "copy", milliseconds: 2, ratio: 1, rounds: 5 },
    { name: "adamw", milliseconds: 2.2, ratio: 1.1, rounds: 5 },
  ];
  const moved = new Map([["adamw", 4 * 3 * 1_151_457]]);
  expect(describeUpdateTimes({ tensors: 40, elements: 1_151_457, moved, measurements }))
    .toMatchInlineSnapshot(`
    "updates of 40 parameters with 1151457 elements
             ms  x copy  x adamw  x own copy  rounds
    copy   2.00    1.00    0.909                   5
    adamw  2.20    1.10     1.00        2.57       5"
  `);
});

test("the parameters are 1.15 million in 40 tensors", () => {
  const shapes = transformerShapes();
  expect(shapes).toHaveLength(40);
  expect(shapes.reduce((sum, shape) => sum + tf.util.sizeFromShape(shape), 0)).toBe(1_151_457);
});
