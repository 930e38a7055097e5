import {
  BatchNorm,
  BatchStat,
  Dropout,
  fromFlatState,
  GraphStructureError,
  Linear,
  List,
  merge,
  Module,
  Param,
  Rngs,
  Sequential,
  split,
  state,
  State,
  toFlatState,
  toPureDict,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Node } from "./models.ts";

function makeModel() {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(2, 3, { rngs }), new BatchNorm(3, { rngs }), new Dropout(0.5, { rngs }));
}

const pathsOf = (source: State) => [...source].map(([path]) => path.join("."));

describe("state", () => {
  test("holds the live Variables of a node by path", () => {
    const model = makeModel();
    const all = state(model);
    expect(all.get("layers", 0, "kernel")).toBe(model.layers[0].kernel);
    expect(pathsOf(all)).toEqual([
      "layers.0.bias",
      "layers.0.kernel",
      "layers.1.bias",
      "layers.1.mean",
      "layers.1.scale",
      "layers.1.var",
      "layers.2.rngs.count",
      "layers.2.rngs.key",
    ]);
  });

  test("leaves out what no filter selects, and is empty when nothing is selected", () => {
    const model = makeModel();
    expect(pathsOf(state(model, BatchStat))).toEqual(["layers.1.mean", "layers.1.var"]);
    expect(state(model, "nothing has this tag").size).toBe(0);
  });

  test("gives one State for each filter, and a leaf goes to the first that selects it", () => {
    const [stats, params] = state(makeModel(), [BatchStat, "kernel"], Param);
    expect(pathsOf(stats)).toEqual(["layers.1.mean", "layers.1.var"]);
    expect(params.size).toBe(4);
    const [every, none] = state(makeModel(), Param, Param);
    expect([every.size, none.size]).toEqual([4, 0]);
  });

  test("has plain tensors as leaves too", () => {
    const model = new Node();
    model["table"] = tf.ones([4]);
    expect(state(model).get("table")).toBe(model["table"]);
    expect(state(model, tf.Tensor).size).toBe(1);
  });
});

describe("split and merge", () => {
  test("filters that leave something over are an error that names the leaves and the repair", () => {
    const model = makeModel();
    expect(() => split(model, Param)).toThrow(GraphStructureError);
    expect(() => split(model, Param)).toThrow(
      "Non-exhaustive filters: nothing selects layers.1.mean, layers.1.var, layers.2.rngs.count, " +
        "layers.2.rngs.key. Use `true` as the last filter to take all that is left.",
    );
  });

  test("`true` anywhere but last is an error", () => {
    expect(() => split(makeModel(), true, Param)).toThrow(
      /`true`.*only be the last filter, got it at index 0/,
    );
    expect(() => state(makeModel(), Param, true, BatchStat)).toThrow(/got it at index 1/);
  });

  test("a merged model has the Variables that it was given, and no constructor runs", () => {
    let constructed = 0;
    class Counted extends Module {
      readonly weight = new Param(tf.zeros([1]));
      constructor() {
        super();
        constructed++;
      }
    }
    const model = new Counted();
    const copy = merge(...split(model));
    expect(constructed).toBe(1);
    expect(copy).toBeInstanceOf(Counted);
    expect(copy.weight).toBe(model.weight);
  });

  test("a merged model computes what the original computes", async () => {
    const model = makeModel();
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const copy = merge(...split(model, Param, true));
    model.layers[2].deterministic = copy.layers[2].deterministic = true;
    model.layers[1].useRunningAverage = copy.layers[1].useRunningAverage = true;
    await expect(copy.forward(x)).toBeAllClose(model.forward(x));
  });

  test("all leaves that are missing and all that have no place are listed at once", () => {
    const model = new Sequential(new Linear(2, 3, { rngs: new Rngs(0) }));
    const [definition] = split(model);
    const wrong = new State([
      [["layers", 0, "kernel"], model.layers[0].kernel],
      [["layers", 0, "bia"], tf.zeros([3])],
      [["extra"], tf.zeros([1])],
    ]);
    expect(() => merge(definition, wrong)).toThrow(GraphStructureError);
    expect(() => merge(definition, wrong)).toThrow(
      /expected 2 leaves, got 3\. Missing: layers\.0\.bias\. Not in the model: extra, layers\.0\.bia\. Did you mean/,
    );
  });

  test("a tensor given for a Variable becomes a Variable of the class and metadata that were there", async () => {
    const model = new Node();
    model["weight"] = new Param(tf.zeros([2]), { tag: "w" });
    const values = tf.tensor1d([1, 2]);
    const [definition] = split(model);
    const weight = merge(definition, new State([[["weight"], values]]))["weight"] as Param;
    expect(weight).toBeInstanceOf(Param);
    expect(weight.tag).toBe("w");
    expect(weight).not.toBe(model["weight"]);
    values.dispose();
    await expect(weight.value).toBeAllClose([1, 2]);
  });

  test("plain tensors are handed over as they are", () => {
    const model = new Node();
    model["table"] = tf.ones([2]);
    expect(merge(...split(model))["table"]).toBe(model["table"]);
  });

  test("symbols, getters and non-enumerable properties survive", () => {
    const symbol = Symbol("mark");
    const model = new Node();
    Object.defineProperty(model, symbol, { value: "symbol", enumerable: true });
    Object.defineProperty(model, "hidden", { value: 7, enumerable: false });
    Object.defineProperty(model, "twice", {
      get(this: Node) {
        return (this["n"] as number) * 2;
      },
      enumerable: true,
    });
    model["n"] = 2;
    const copy = merge(...split(model));
    copy["n"] = 5;
    expect(Object.getOwnPropertyDescriptor(copy, symbol)?.value).toBe("symbol");
    expect([copy["hidden"], copy["twice"], model["twice"]]).toEqual([7, 10, 4]);
    expect(Object.keys(copy)).not.toContain("hidden");
  });
});

describe("State", () => {
  test("get gives a leaf, a State below a path, or undefined; numbers and strings differ", () => {
    const all = state(makeModel());
    const first = all.get("layers", 0);
    expect(first).toBeInstanceOf(State);
    expect(pathsOf(first as State)).toEqual(["bias", "kernel"]);
    expect(all.get("layers", "0")).toBeUndefined();
    expect(all.get("nope")).toBeUndefined();
  });

  test("leaf gives a leaf, or says what is there", () => {
    const model = makeModel();
    expect(state(model).leaf("layers", 0, "kernel")).toBe(model.layers[0].kernel);
    expect(() => state(model.layers[0]).leaf("kernl")).toThrowErrorMatchingInlineSnapshot(
      `[GraphStructureError: State: expected a leaf at kernl, got nothing. Did you mean kernel? There are: bias, kernel.]`,
    );
    expect(() => state(model.layers[0]).leaf()).toThrow(
      /expected a leaf at \(root\), got a State of 2 leaves/,
    );
  });

  test("a flat state round-trips in any order", () => {
    const all = state(makeModel());
    const entries = [...toFlatState(all)];
    entries.reverse();
    expect(fromFlatState(entries).entries).toEqual(all.entries);
  });

  test("a path that stands twice, or below another leaf, is an error", () => {
    expect(
      () =>
        new State([
          [["a"], tf.zeros([1])],
          [["a"], tf.zeros([1])],
        ]),
    ).toThrow("State: a is a leaf, but a is given again.");
    expect(
      () =>
        new State([
          [["a", "b"], tf.zeros([1])],
          [["a"], tf.zeros([1])],
        ]),
    ).toThrow("State: a is a leaf, but a.b stands below it.");
  });

  test("toPureDict has the tensors of Variables, borrowed", () => {
    const model = new Node();
    model["list"] = new List([new Param(tf.zeros([1]))]);
    const pure = toPureDict(state(model)) as { list: { 0: tf.Tensor } };
    expect(pure.list[0]).toBe((model["list"] as List<Param>)[0]!.value);
  });

  test("toString lists paths, classes and shapes", () => {
    expect(String(state(makeModel(), BatchStat))).toBe(
      "State {\n  layers.1.mean: BatchStat(float32[3]),\n  layers.1.var: BatchStat(float32[3])\n}",
    );
    expect(String(new State())).toBe("State {}");
  });

  test("dispose frees all leaves", () => {
    const rngs = new Rngs(0);
    const { numTensors } = tf.memory();
    state(new Linear(2, 3, { rngs }))[Symbol.dispose]();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
