import {
  BatchNorm,
  Dropout,
  InvalidArgumentError,
  Linear,
  Module,
  PathContains,
  Rngs,
  Sequential,
  UnknownAttributeError,
} from "@nnx-js/nn";
import { describe, expect, test } from "vitest";

const makeModel = () => {
  const rngs = new Rngs(0);
  const block = () =>
    new Sequential(new Linear(2, 2, { rngs }), new BatchNorm(2, { rngs }), new Dropout(0.5));
  return new Sequential(block(), block());
};
const modesOf = (model: ReturnType<typeof makeModel>) =>
  model.layers.map(({ layers }) => [layers[1].useRunningAverage, layers[2].deterministic]);

describe("setAttributes", () => {
  test("sets attributes of all modules that have them, in place", () => {
    const model = makeModel();
    model.setAttributes({ deterministic: true, useRunningAverage: true });
    expect(modesOf(model)).toEqual([
      [true, true],
      [true, true],
    ]);
    expect("deterministic" in model.layers[0].layers[0]).toBe(false);
  });

  test("with filters sets those of the modules that any of them selects", () => {
    const model = makeModel();
    model.setAttributes(Dropout, { deterministic: true });
    expect(modesOf(model)).toEqual([
      [false, true],
      [false, true],
    ]);
    const other = makeModel();
    other.setAttributes((path) => path[1] === 0, PathContains("nowhere"), { deterministic: true });
    expect(modesOf(other)).toEqual([
      [false, true],
      [false, false],
    ]);
  });

  test("a name that no selected module has is an error with the near miss, and nothing is set", () => {
    const model = makeModel();
    expect(() => model.setAttributes({ deterministic: true, use_running_average: true })).toThrow(
      UnknownAttributeError,
    );
    expect(() => model.setAttributes({ deterministic: true, use_running_average: true })).toThrow(
      "setAttributes: no selected Module has the attribute use_running_average. Did you mean useRunningAverage? " +
        "Attributes are changed, never created; pass { raiseIfNotFound: false } to ignore those that are missing.",
    );
    expect(() => model.setAttributes(Linear, { deterministic: true })).toThrow(UnknownAttributeError);
    expect(modesOf(model)[0]).toEqual([false, false]);
    model.setAttributes({ deterministic: true, nope: 1 }, { raiseIfNotFound: false });
    expect(modesOf(model)[0]).toEqual([false, true]);
  });

  test("refuses to be called without attributes", () => {
    const model: Module = makeModel();
    // @ts-expect-error the attributes are missing
    expect(() => model.setAttributes(Dropout)).toThrow(InvalidArgumentError);
    // @ts-expect-error nothing comes after the options
    expect(() => model.setAttributes({ a: 1 }, {}, {})).toThrow(
      /expected filters, then an object of attributes/,
    );
  });
});

describe("train and eval", () => {
  test("switch all modules that have the modes, and pass over what is missing", () => {
    const model = makeModel();
    model.eval();
    expect(modesOf(model)[1]).toEqual([true, true]);
    model.train();
    expect(modesOf(model)[1]).toEqual([false, false]);
    new Linear(1, 1, { rngs: new Rngs(0) }).eval();
  });

  test("set more attributes, and let them beat the modes", () => {
    const model = makeModel();
    model.eval({ deterministic: false, rate: 0.25, nope: 1 });
    const { layers } = model.layers[0];
    expect([layers[1].useRunningAverage, layers[2].deterministic, layers[2].rate]).toEqual([
      true,
      false,
      0.25,
    ]);
  });
});
