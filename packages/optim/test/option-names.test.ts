/** @file Misspelt options, told where there are no types, by every optimiser, transformation and schedule. */
import * as optim from "@nnx-js/optim";
import { expect, test } from "vitest";
import { all, type AnyFunction, before, inner, names, rated } from "./makers.ts";

test.each([...names, ...rated])("%s knows its options", (name) => {
  expect(() => (all[name] as AnyFunction)(...before(name), { noSuchOption: 1 })).toThrow(
    /: unknown option noSuchOption\. There are: /,
  );
  expect(() => (all[name] as AnyFunction)(...before(name), null)).toThrow(
    /: expected an object of options, got null/,
  );
});

test("a misspelt option is told with its right name", () => {
  const misspelt = { wieghtDecay: 0.1 } as optim.AdamWOptions;
  expect(() => optim.adamw(1e-3, misspelt)).toThrow(
    "adamw: unknown option wieghtDecay. Did you mean weightDecay? There are: ",
  );
  const steps = { useGradMen: true } as optim.MultiStepsOptions;
  expect(() => new optim.MultiSteps(inner, 2, steps)).toThrow("MultiSteps: unknown option useGradMen.");
});

test.each(rated)("%s tells a learning rate that is none", (name) => {
  for (const rate of [{ learningRate: 0.1 }, "0.1", NaN]) {
    expect(() => (all[name] as AnyFunction)(rate)).toThrow(
      /(learningRate|maxLearningRate|etaMinus|rate).*, got (a Object|"0\.1"|NaN)/,
    );
  }
});
