/** @file Probabilities become colours, and examples are counted on the right side. */
import { expect, test } from "vitest";
import { colourGrid, countRight } from "../../src/page/pictures/moons/boundary.ts";

const COLOURS = { first: [0, 0, 0], second: [200, 0, 0], paper: [100, 100, 100] } as const;

test("each side has its colour, the stronger the surer, and is opaque", () => {
  const bytes = colourGrid([0, 0.4, 0.6, 1, Number.NaN], COLOURS);
  const reds = [0, 1, 2, 3, 4].map((index) => bytes[index * 4]!);
  expect(reds[0]).toBeLessThan(reds[1]!);
  expect(reds[1]).toBeLessThan(100);
  expect(reds[2]).toBeGreaterThan(100);
  expect(reds[3]).toBeGreaterThan(reds[2]!);
  expect(reds[4]).toBe(100);
  expect([0, 1, 2, 3, 4].map((index) => bytes[index * 4 + 3])).toEqual([255, 255, 255, 255, 255]);
});

test("examples are looked up in the cell that they are in, rows from the top", () => {
  // The upper right quarter is of the second moon.
  const probabilities = [0, 1, 0, 0];
  const points = [2, 1.5, -1, 1.5, 2, -1, 99, 99];
  expect(countRight({ side: 2, probabilities, points, labels: [1, 0, 0, 1] })).toBe(4);
  expect(countRight({ side: 2, probabilities, points, labels: [0, 1, 1, 0] })).toBe(0);
});
