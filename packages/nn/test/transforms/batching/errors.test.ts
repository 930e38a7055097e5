import {
  BatchNorm,
  grad,
  Linear,
  Module,
  pmean,
  Rngs,
  type RngStream,
  splitRngs,
  StateAxes,
  vmap,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const forward = (m: Linear, x: tf.Tensor) => m.forward(x);
const ensemble = () =>
  splitRngs({ splits: 4 })(vmap((rngs: Rngs) => new Linear(3, 3, { rngs })))(new Rngs(0));

describe("vmap says what does not fit", () => {
  test.each<[what: string, run: () => unknown, message: string]>([
    [
      "sizes that differ",
      () => vmap(forward)(ensemble(), tf.zeros([5, 2, 3])),
      "expected as many lanes in all arguments: 5, the size of axis 0 of argument 1, [5, 2, 3]; found 4, the size of " +
        "axis 0 of bias of argument 0, [4, 3]",
    ],
    [
      "an axis that a tensor does not have",
      () => vmap(forward, { inAxes: [0, 3] })(ensemble(), tf.zeros([4, 2, 3])),
      "expected an axis from -3 to 2 for argument 1 of shape [4, 2, 3], found 3",
    ],
    [
      "no axis at all",
      () => vmap((x: tf.Tensor) => x, { inAxes: null })(tf.zeros([2])),
      "expected an argument with an axis for the lanes, or axisSize, found neither",
    ],
    [
      "streams that were not split",
      () => vmap((rngs: Rngs) => new Linear(3, 3, { rngs }))(new Rngs(0)),
      "expected random streams that were split, with an axis for the lanes, found default.count of argument 0 of " +
        "shape []. Split them: using _streams = splitRngs(rngs, { splits: 8 })",
    ],
    [
      "another axisSize",
      () => vmap((x: tf.Tensor) => x, { axisSize: 3 })(tf.zeros([2])),
      "3, as axisSize says; found 2, the size of axis 0 of argument 0, [2]",
    ],
    [
      "too few axes",
      () => vmap(forward, { inAxes: [0] as unknown as [0, 0] })(ensemble(), tf.zeros([4, 3])),
      "expected inAxes for each of the 2 arguments, found 1",
    ],
    [
      "a result that differs where one is wanted",
      () => vmap((x: tf.Tensor) => ({ y: x }), { outAxes: { y: null } })(tf.zeros([2])),
      "expected the same in all lanes for y of the result, for which outAxes is null",
    ],
    [
      "axes of another structure",
      () => vmap(({ a, b }: Record<string, tf.Tensor>) => tf.add(a!, b!), { inAxes: [{ a: 0 }] })({ a: tf.ones([2]), b: tf.ones([2]) }), // prettier-ignore
      "expected axes of the same structure as argument 0, found none for b of argument 0",
    ],
    [
      "axes of what is not there",
      () => vmap(({ a }: Record<string, tf.Tensor>) => a!, { inAxes: [{ a: 0, b: 0 }] })({ a: tf.ones([2]) }),
      "expected axes of the same structure as argument 0, which has a, found one for b",
    ],
    [
      "axes of results that are not there",
      () => vmap((x: tf.Tensor) => [x], { outAxes: [0, 1] })(tf.ones([2])),
      "expected axes of the same structure as the result, which has 0, found one for 1",
    ],
    [
      "StateAxes without a filter for a Variable",
      () => vmap(forward, { inAxes: [new StateAxes([[Rngs, 0]]), 0] })(ensemble(), tf.zeros([4, 3])),
      "expected a filter for each Variable, found none for bias. There are: Rngs",
    ],
    [
      "the name of an axis that nobody has",
      () => vmap((x: tf.Tensor) => pmean(x, "lane"), { axisName: "lanes" })(tf.zeros([2])),
      'expected the name of an axis that a vmap around it has, found "lane". Did you mean lanes? There are: lanes.',
    ],
    [
      "an option that it does not have",
      () => vmap(forward, { inAxis: 0 } as object),
      "expected the options inAxes, outAxes, axisSize, axisName, got inAxis. Did you mean inAxes?",
    ],
    [
      "a class without a number of models",
      () => vmap(Linear, undefined as unknown as { axisSize: number }),
      "vmap(Linear): expected a positive integer for axisSize, the number of models, got undefined. Write vmap(Linear, ",
    ],
    [
      "an option that classes do not have",
      () => vmap(Linear, { axisSize: 2, inAxis: 0 } as { axisSize: number }),
      "vmap(Linear): expected the options axisSize, stateAxes, inAxes, outAxes, axisName, split, got inAxis.",
    ],
  ])("%s", (_what, run, message) => {
    expect(run).toThrow(message);
  });
});

test("a constructor that throws leaves the streams that were split as they were", () => {
  class Broken extends Module {
    readonly linear: Linear;
    constructor({ rngs }: { rngs: Rngs }) {
      super();
      this.linear = new Linear(2, 2, { rngs });
      throw new Error("no more");
    }
  }
  const rngs = new Rngs(0);
  const [[, stream]] = rngs.streams() as [[string, RngStream]];
  const key = stream.key.value;
  expect(() => new (vmap(Broken, { axisSize: 3 }))({ rngs })).toThrow("no more");
  expect(stream.key.value).toBe(key);
  expect(stream.count.value.dataSync()[0]).toBe(0);
});

test("a write of one value for each lane to a Variable that they share changes nothing", () => {
  const norm = new BatchNorm(3, { rngs: new Rngs(0) });
  const before = norm.mean.value;
  const train = vmap((m: BatchNorm, x: tf.Tensor) => m.forward(x), { inAxes: [null, 0] });
  expect(() => train(norm, tf.ones([4, 2, 3]))).toThrow(
    "mean (BatchStat): expected the same value from all lanes of the vmap that share this Variable (mean of argument " +
      "0, which inAxes gives no axis), found a write of one for each lane, of shape [3]. Give it an axis in inAxes, by " +
      "new StateAxes([[BatchStat, 0], …]), or write what is the same in all lanes: pmean(x, axisName)",
  );
  expect(norm.mean.value).toBe(before);
});

test("nothing is left behind by what fails", () => {
  const model = ensemble();
  const x = tf.zeros([4, 2, 3]);
  const before = tf.memory().numTensors;
  expect(() => vmap(forward, { outAxes: null })(model, x)).toThrow("outAxes is null");
  expect(() => vmap((y: tf.Tensor) => tf.matMul(y, x))(x)).toThrow("inner shapes");
  expect(tf.memory().numTensors).toBe(before);
});

test("nor by what does not", () => {
  const model = ensemble();
  const x = tf.zeros([4, 2, 3]);
  const gradient = vmap(grad((m: Linear, input: tf.Tensor) => tf.sum(tf.square(m.forward(input)))));
  const before = tf.memory().numTensors;
  tf.tidy(() => void gradient(model, x));
  expect(tf.memory().numTensors).toBe(before);
  vmap(forward)(model, x).dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("splitRngs leaves the axis out for one split only", () => {
  expect(() => splitRngs(new Rngs(0), { splits: 2, squeeze: true })).toThrow(
    "expected splits of 1 with squeeze, got 2",
  );
  expect(() => splitRngs(new Rngs(0), { splits: 0 })).toThrow("expected a positive integer for splits");
});
