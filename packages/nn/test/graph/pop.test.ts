import {
  BatchStat,
  Cache,
  GraphStructureError,
  List,
  MissingArgumentError,
  Param,
  pop,
  state,
  State,
  update,
  type Variable,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Node } from "./models.ts";

const param = () => new Param(tf.zeros([1]));
const cache = () => new Cache(tf.zeros([2]));
const pathsOf = (source: State) => [...source].map(([path]) => path.join("."));

function makeNode(attributes: Record<string, unknown>): Node {
  return Object.assign(new Node(), attributes);
}

describe("pop", () => {
  test("takes what a filter selects out of the node and answers it by path", () => {
    const [kernel, keys] = [param(), cache()];
    const model = makeNode({ layer: makeNode({ kernel, keys }), other: new Map([["index", cache()]]) });
    const popped = pop(model, Cache);
    expect(pathsOf(popped)).toEqual(["layer.keys", "other.index"]);
    expect(popped.get("layer", "keys")).toBe(keys);
    expect(pathsOf(state(model))).toEqual(["layer.kernel"]);
    expect(Object.keys(model["layer"] as Node)).toEqual(["kernel"]);
  });

  test("with several filters gives one State for each; the first that selects a leaf gets it", () => {
    const model = makeNode({ a: cache(), b: param(), c: new BatchStat(tf.zeros([1])) });
    const [caches, rest] = pop(model, Cache, [Cache, Param]);
    expect([pathsOf(caches), pathsOf(rest), pathsOf(state(model))]).toEqual([["a"], ["b"], ["c"]]);
  });

  test("takes a shared Variable out of every place and gives it once", () => {
    const shared = cache();
    const model = makeNode({ a: makeNode({ shared }), b: makeNode({ shared, w: param() }) });
    expect(pathsOf(pop(model, Cache))).toEqual(["a.shared"]);
    expect(pathsOf(state(model))).toEqual(["b.w"]);
  });

  test("takes plain tensors too, and the tail of arrays and Lists", () => {
    const model = makeNode({
      table: tf.ones([2]),
      list: new List<Variable>([param(), cache()]),
      array: [cache()],
    });
    expect(pathsOf(pop(model, [Cache, tf.Tensor]))).toEqual(["array.0", "list.1", "table"]);
    expect((model["list"] as List<Variable>).length).toBe(1);
    expect(model["array"]).toEqual([]);
  });

  test("update puts copies back", async () => {
    const model = makeNode({ layer: makeNode({ w: param(), keys: new Cache(tf.tensor1d([1, 2])) }) });
    const popped = pop(model, Cache);
    update(model, popped);
    const back = state(model).get("layer", "keys") as Cache;
    expect(back).toBeInstanceOf(Cache);
    expect(back).not.toBe(popped.get("layer", "keys"));
    expect([...(await back.value.data())]).toEqual([1, 2]);
  });

  test("refuses an array that would be left with a hole, and takes nothing out", () => {
    const model = makeNode({ a: cache(), list: [cache(), param()] });
    expect(() => pop(model, Cache)).toThrow(GraphStructureError);
    expect(() => pop(model, Cache)).toThrow(
      "pop: list.0 is followed by list.1, whose index would change. Keep Variables that come and go in attributes " +
        "or in a Map, or select the rest as well.",
    );
    expect(pathsOf(state(model))).toEqual(["a", "list.0", "list.1"]);
  });

  test("refuses to be called without a filter, and to take out the node itself", () => {
    // @ts-expect-error a filter is missing
    expect(() => pop(makeNode({}))).toThrow(MissingArgumentError);
    expect(() => pop(param(), Param)).toThrow(/the filter selects the node itself/);
  });

  test("what was popped belongs to the caller", async () => {
    await expectNoLeak(() => {
      const model = makeNode({ keys: cache(), w: param() });
      pop(model, Cache).dispose();
      model.dispose();
    });
  });
});
