import {
  BatchNorm,
  clone,
  Dropout,
  EMA,
  evalShape,
  GraphStructureError,
  InvalidArgumentError,
  isVariable,
  iterVariables,
  Linear,
  merge,
  Param,
  Rngs,
  Sequential,
  ShapeMismatchError,
  split,
  state,
  toFlatState,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const make = () => {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(2, 2, { rngs }), new BatchNorm(2, { rngs }), new Dropout(0.5, { rngs }));
};
const double = (model: object) => {
  for (const [, variable] of iterVariables(model)) {
    if (variable.dtype === "float32") variable.value = tf.mul(variable.value, 2);
  }
};

test("an update moves each average towards the value", async () => {
  const layer = new Linear(2, 2, { rngs: new Rngs(0) });
  const ema = new EMA(layer, 0.9);
  const before = layer.kernel.value.clone();
  double(layer);
  ema.update(layer);
  const once = tf.add(tf.mul(before, 0.9), tf.mul(layer.kernel.value, 0.1));
  const averaged = ema.applyTo(layer);
  await expect(averaged.kernel.value).toBeAllClose(once);
  ema.update(layer);
  await expect(averaged.kernel.value).toBeAllClose(
    tf.add(tf.mul(once, 0.9), tf.mul(layer.kernel.value, 0.1)),
  );
  await expect(layer.kernel.value).toBeAllClose(tf.mul(before, 2));
});

describe("applyTo", () => {
  test("shares averages with the EMA, and all else with the model", () => {
    const model = make();
    const ema = new EMA(model, 0.9, { only: Param });
    const averaged = ema.applyTo(model);
    expect(averaged).toBeInstanceOf(Sequential);
    const averages = new Set(iterVariables(ema).map(([, variable]) => variable));
    const own = new Set(iterVariables(model).map(([, variable]) => variable));
    for (const [, variable] of iterVariables(averaged)) {
      expect((variable instanceof Param ? averages : own).has(variable)).toBe(true);
    }
    expect(averages.size).toBe(4);
    expect(averaged.layers[1].mean).toBe(model.layers[1].mean);
    expect(averaged.layers[0].kernel).not.toBe(model.layers[0].kernel);
  });

  test("keeps the modes of the view that it is given", () => {
    const model = make();
    const evalModel = clone(model, { variables: false });
    evalModel.layers[2].deterministic = true;
    expect(new EMA(model, 0.9).applyTo(evalModel).layers[2].deterministic).toBe(true);
  });
});

test("keys and counts of random streams are copied", async () => {
  const model = make();
  const ema = new EMA(model, 0.9);
  model.forward(tf.ones([1, 2]));
  const averaged = ema.applyTo(model).layers[2];
  const stream = averaged.rngs;
  const counts = () => iterVariables(stream).map(([, variable]) => variable);
  expect(counts().length).toBe(2);
  const before = await counts()[0]!.value.data();
  ema.update(model);
  const expected = iterVariables(model.layers[2]).map(([, variable]) => variable.value);
  for (const [i, variable] of counts().entries()) await expect(variable.value).toBeAllClose(expected[i]!);
  expect(before).not.toEqual(await counts()[0]!.value.data());
});

test("it is a node: split, merged and cloned with its averages", () => {
  const ema = new EMA(make(), 0.9, { only: Param });
  expect(toFlatState(state(ema)).map(([path]) => path)).toEqual([
    ["params", "layers", 0, "bias"],
    ["params", "layers", 0, "kernel"],
    ["params", "layers", 1, "bias"],
    ["params", "layers", 1, "scale"],
  ]);
  const merged = merge(...split(ema));
  expect(merged.applyTo(make()).layers[0].kernel).toBe(state(ema).get("params", "layers", 0, "kernel"));
  const copied = clone(ema).applyTo(make()).layers[0].kernel;
  expect(isVariable(copied)).toBe(true);
  expect(copied).not.toBe(state(ema).get("params", "layers", 0, "kernel"));
});

test("it can be made of an abstract model", () => {
  const before = tf.memory().numTensors;
  const ema = evalShape(() => new EMA(new Linear(1000, 1000, { rngs: new Rngs(0) }), 0.9));
  expect(iterVariables(ema).map(([, variable]) => variable.shape)).toEqual([[1000], [1000, 1000]]);
  expect(tf.memory().numTensors).toBe(before);
});

test("updates leave nothing behind", async () => {
  const model = make();
  const ema = new EMA(model, 0.99);
  await expectNoLeak(() => ema.update(model));
  ema.dispose();
});

describe("what does not fit is refused, and changes nothing", () => {
  test("another model", async () => {
    const rngs = new Rngs(0);
    const ema = new EMA(new Linear(2, 2, { rngs }), 0.9);
    const other = new Linear(2, 2, { useBias: false, rngs });
    expect(() => ema.update(other)).toThrow(GraphStructureError);
    expect(() => ema.update(other)).toThrow("Missing: bias");
    expect(() => ema.applyTo(other)).toThrow("Missing: bias");
    expect(() => new EMA(other, 0.9).update(new Linear(2, 2, { rngs }))).toThrow("Not averaged: bias");
  });

  test("another shape", () => {
    const rngs = new Rngs(0);
    const ema = new EMA(new Linear(2, 2, { rngs }), 0.9);
    expect(() => ema.update(new Linear(2, 3, { rngs }))).toThrow(ShapeMismatchError);
  });

  test("decays outside of 0 to 1, and plain tensors", () => {
    expect(() => new EMA(make(), 1.5)).toThrow(InvalidArgumentError);
    expect(() => new EMA({ x: tf.ones([2]) }, 0.9)).toThrow("plain tensor at x");
  });
});
