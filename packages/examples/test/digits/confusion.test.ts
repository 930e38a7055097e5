/** @file Confusion matrices and what is read from them. */
import { expect, test } from "vitest";
import { accuracyOf, confusionMatrix, recallsOf } from "../../src/digits/confusion.ts";

test("a row counts what the examples of one class were taken for", () => {
  const counts = confusionMatrix([0, 0, 0, 1, 2], [0, 2, 0, 1, 1], 3);
  expect(counts).toEqual([
    [2, 0, 1],
    [0, 1, 0],
    [0, 1, 0],
  ]);
});

test("accuracy is the share on the diagonal, recall the same within a row", () => {
  const counts = [
    [8, 2],
    [3, 7],
  ];
  expect(accuracyOf(counts)).toBe(0.75);
  expect(recallsOf(counts)).toEqual([0.8, 0.7]);
});

test("without examples there is no share", () => {
  expect(
    recallsOf([
      [1, 0],
      [0, 0],
    ]),
  ).toEqual([1, NaN]);
  expect(accuracyOf([[0]])).toBeNaN();
});
