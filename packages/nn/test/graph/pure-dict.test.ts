import {
  Dict,
  fromPureDict,
  GraphStructureError,
  Linear,
  merge,
  Param,
  replaceByPureDict,
  restoreIntPaths,
  Rngs,
  Sequential,
  split,
  state,
  State,
  toPureDict,
  update,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const makeModel = () =>
  new Sequential(new Linear(2, 1, { rngs: new Rngs(0) }), new Linear(1, 1, { rngs: new Rngs(1) }));

describe("replaceByPureDict", () => {
  test("puts tensors into a State; the model changes by update only", async () => {
    const model = makeModel();
    const source = state(model);
    const bias = tf.tensor1d([7]);
    expect(replaceByPureDict(source, { layers: { 1: { bias } } })).toBe(source);
    const replaced = source.get("layers", 1, "bias") as Param;
    expect([replaced.constructor, replaced.value]).toEqual([Param, bias]);
    expect([...(await model.layers[1].bias!.value.data())]).toEqual([0]);
    const { bias: own } = model.layers[1];
    update(model, source);
    expect(model.layers[1].bias).toBe(own);
    expect([...(await own!.value.data())]).toEqual([7]);
    expect(bias.isDisposed).toBe(false);
  });

  test("lists every path that the State does not have, with near misses", () => {
    const dict = { layers: { 0: { kernal: tf.ones([1]) }, 2: { bias: tf.ones([1]) } } };
    const source = state(makeModel());
    expect(() => replaceByPureDict(source, dict)).toThrow(GraphStructureError);
    expect(() => replaceByPureDict(source, dict)).toThrow(
      "replaceByPureDict: not in the State: layers.0.kernal, layers.2.bias. " +
        "Did you mean layers.0.kernel by layers.0.kernal? Did you mean layers.0.bias by layers.2.bias? " +
        "There are: layers.0.bias, layers.0.kernel, layers.1.bias, layers.1.kernel.",
    );
    expect(() => replaceByPureDict(source, { layers: 3 as unknown as tf.Tensor })).toThrow(
      "replaceByPureDict: expected a tensor or nested objects of tensors at layers, got a number.",
    );
  });

  test("loading and updating leaves nothing behind but the caller's tensors", async () => {
    const model = makeModel();
    const dict = { layers: { 0: { kernel: tf.ones([2, 1]) } } };
    await expectNoLeak(() => update(model, replaceByPureDict(state(model), dict)));
    expect(dict.layers[0].kernel.isDisposed).toBe(false);
  });
});

describe("fromPureDict and restoreIntPaths", () => {
  test("a State from a saved dictionary merges with the graph definition, and the node owns its values", async () => {
    const model = makeModel();
    const [definition, whole] = split(model);
    const dict = toPureDict(whole);
    const copy = merge(definition, fromPureDict(dict));
    expect(copy.layers[0].kernel).not.toBe(model.layers[0].kernel);
    await expect(copy.layers[0].kernel.value).toBeAllClose(model.layers[0].kernel.value);
    await expectNoLeak(() => merge(definition, fromPureDict(dict)).dispose());
    expect(model.layers[0].kernel.value.isDisposed).toBe(false);
  });

  test("merge finds names by their spelling, and tells apart what is there as an index and as a name", async () => {
    const param = (value: number) => new Param(tf.tensor1d([value]));
    const named = { "0": { w: param(1) }, rest: [param(2)] };
    const [definition, whole] = split(named);
    const copy = merge(definition, fromPureDict(toPureDict(whole)));
    expect(Object.keys(copy)).toEqual(["0", "rest"]);
    await expect(copy["0"].w.value).toBeAllClose([1]);
    await expect(copy.rest[0]!.value).toBeAllClose([2]);

    const twins = {
      m: new Map<string | number, Param>([
        ["1", param(3)],
        [1, param(4)],
      ]),
    };
    const merged = merge(...split(twins), { copy: true });
    await expect(merged.m.get("1")!.value).toBeAllClose([3]);
    await expect(merged.m.get(1)!.value).toBeAllClose([4]);
    expect(() =>
      merge(
        split(twins)[0],
        state(twins, (path) => path[1] === 1),
      ),
    ).toThrow("merge: expected 2 leaves, got 1. Missing: m.1.");
  });

  test("keys that are whole numbers become numbers in States and Maps, others stay", () => {
    const leaf = tf.ones([1]);
    const restored = restoreIntPaths(
      new State([
        [["layers", "0", "k"], leaf],
        [["layers", "10", "01"], leaf],
      ]),
    );
    expect([...restored].map(([path]) => path)).toEqual([
      ["layers", 0, "k"],
      ["layers", 10, "01"],
    ]);
    const map = restoreIntPaths(new Map([["3", new Map([["x", leaf]])]]));
    expect([...map.keys()]).toEqual([3]);
    const dict = { layers: { "0": { kernel: leaf } } };
    expect(restoreIntPaths(dict)).toEqual(dict);
    expect(restoreIntPaths(dict)).not.toBe(dict);
    expect(restoreIntPaths(dict).layers[0].kernel).toBe(leaf);
  });
});

describe("toPureDict", () => {
  test("refuses paths that only an index and a name tell apart, and a State without names", () => {
    const param = () => new Param(tf.ones([1]));
    const twins = {
      m: new Map<string | number, Param>([
        ["1", param()],
        [1, param()],
      ]),
    };
    expect(() => toPureDict(state(twins))).toThrow(
      "toPureDict: two paths are written m.1, one by an index and one by a name. Rename one.",
    );
    expect(() => toPureDict(state(param()))).toThrow(/Take its value: variable.value/);
  });

  test("names that look like indices find their way back to names", () => {
    const model = new Dict({ "0": new Dict({ w: new Param(tf.ones([1])) }) });
    const source = state(model);
    replaceByPureDict(source, toPureDict(source));
    expect([...source].map(([path]) => path)).toEqual([["0", "w"]]);
  });
});
