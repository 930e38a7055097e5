/** @file Misspelt options, told where there are no types. */
import * as trains from "@nnx-js/train";
import { expect, test } from "vitest";

const { AUC, ConfusionMatrix, F1Score, FBetaScore, Precision, TopKAccuracy } = trains;
const { progressBar, renderCurve, tensorBoard } = trains;
const call = (fn: unknown, ...args: unknown[]) => (fn as (...args: unknown[]) => unknown)(...args);
const make = (Class: unknown, options: unknown) => new (Class as new (options: unknown) => unknown)(options);
const stream = { write() {} };

test.each<[string, string, () => unknown]>([
  ["AUC", "curve", () => make(AUC, { curv: "PR" })],
  ["ConfusionMatrix", "classes", () => make(ConfusionMatrix, { classes: 2, clases: 2 })],
  ["TopKAccuracy", "k", () => make(TopKAccuracy, { K: 3 })],
  ["Precision", "average", () => make(Precision, { classes: 2, averge: "micro" })],
  ["F1Score", "threshold", () => make(F1Score, { treshold: 0 })],
  ["FBetaScore", "beta", () => make(FBetaScore, { classes: 2, bta: 2 })],
  ["progressBar", "every", () => call(progressBar, { stream, evry: 1 })],
  ["renderCurve", "title", () => call(renderCurve, [], { titel: "Loss" })],
  ["tensorBoard", "clock", () => call(tensorBoard, () => {}, { clok: Date.now })],
])("%s knows its options: %s", (caller, name, run) => {
  expect(run).toThrow(`${caller}: unknown option`);
  expect(run).toThrow(`Did you mean ${name}?`);
});
