import {
  All,
  BatchNorm,
  BatchStat,
  Cache,
  clone,
  DiffState,
  Dropout,
  DtypeError,
  evalShape,
  filterState,
  fromFlatState,
  fromPureDict,
  grad,
  GraphStructureError,
  InvalidArgumentError,
  Linear,
  mapState,
  merge,
  mergeState,
  Module,
  Not,
  Param,
  PathContains,
  pop,
  replaceByPureDict,
  Rngs,
  RngState,
  select,
  Sequential,
  ShapeMismatchError,
  split,
  splitState,
  State,
  state,
  toPureDict,
  update,
  type Update,
  type UpdateOptions,
  VariableValueError,
  variables,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Node } from "./models.ts";

const makeModel = (seed = 0) => {
  const rngs = new Rngs(seed);
  return new Sequential(
    new Linear(2, 3, { rngs }),
    new BatchNorm(3, { rngs }),
    new Dropout(0.5, { rngs }),
    new Linear(3, 1, { rngs }),
  );
};
/** Without the last layer. */
const makeSmall = () => {
  const rngs = new Rngs(7);
  return new Sequential(new Linear(2, 3, { rngs }), new BatchNorm(3, { rngs }), new Dropout(0.5, { rngs }));
};
const kernelOf = (model: ReturnType<typeof makeModel>) => model.layers[0].kernel;
const values = async (model: object) =>
  Promise.all([...state(model)].map(async ([, leaf]) => [...(await (leaf as Param).value.data())]));

describe("update", () => {
  test("writes values and keeps Variables, so that every view sees them", async () => {
    const [model, other] = [makeModel(), makeModel(1)];
    const kernel = kernelOf(model);
    update(model, state(other));
    expect(kernelOf(model)).toBe(kernel);
    expect(await values(model)).toEqual(await values(other));
    kernelOf(other).value = tf.zeros([2, 3]);
    expect(kernel.value.isDisposed).toBe(false);
    expect(Math.max(...(await kernel.value.data()))).toBeGreaterThan(0);
  });

  test("takes nested objects of tensors, in which a list's indices are names", async () => {
    const [model, other] = [makeModel(), makeModel(1)];
    const dict = toPureDict(state(other));
    update(model, dict);
    expect(await values(model)).toEqual(await values(other));
    expect(kernelOf(other).value.isDisposed).toBe(false);
    update(model, fromPureDict(toPureDict(state(makeModel()))));
    expect(await values(model)).toEqual(await values(makeModel()));
  });

  test("with { strict: false } takes a part of the values, and of several the last", async () => {
    const model = makeModel();
    const bias = tf.tensor1d([2, 2, 2]);
    const first = { layers: { 0: { bias: tf.tensor1d([1, 1, 1]) } } };
    update(model, first, { layers: { 0: { bias } } }, { strict: false });
    await expect(model.layers[0].bias!.value).toBeAllClose([2, 2, 2]);
    expect(bias.isDisposed).toBe(false);
    update(model, new State([[["layers", 0, "kernel"], tf.ones([2, 3])]]), { strict: false });
    await expect(kernelOf(model).value).toBeAllClose([1, 1, 1, 1, 1, 1]);
  });

  test("takes an attribute called strict for what it is", async () => {
    const model = new Node();
    model["strict"] = new Param(tf.scalar(0));
    update(model, { strict: tf.scalar(5) });
    await expect((model["strict"] as Param).value).toBeAllClose([5]);
    const wrong = { strict: "no" } as unknown as UpdateOptions;
    expect(() => update(model, { strict: tf.scalar(5) }, wrong)).toThrow(InvalidArgumentError);
  });
});

describe("whole parts are taken as they are", () => {
  const wholes: [string, (model: ReturnType<typeof makeModel>) => Update | Update[]][] = [
    ["all Params", (other) => state(other, Param)],
    ["what a filter of paths selects", (other) => state(other, PathContains("kernel"))],
    ["what a predicate selects", (other) => state(other, (path) => path.includes(3))],
    ["all but a kind", (other) => state(other, Not(RngState))],
    ["Variables", (other) => variables(other)],
    [
      "the parts of a split, together",
      (other) => split(other, PathContains("bias"), Param, true).slice(1) as State[],
    ],
    ["one part of a split", (other) => split(other, PathContains("bias"), Param, true)[2]],
    ["a part of a part", (other) => filterState(state(other, Param), PathContains(0))],
    ["the rest of a part", (other) => splitState(state(other, Param), PathContains("kernel"), true)[1]],
    [
      "joined parts",
      (other) => mergeState(state(other, BatchStat), state(other, All(Param, PathContains(3)))),
    ],
    ["mapped parts", (other) => mapState((_, param) => tf.mul(param.value, 2), state(other, Param))],
    [
      "a State with loaded values",
      (other) => replaceByPureDict(state(other, Param), { layers: { 0: { bias: tf.ones([3]) } } }),
    ],
    [
      "a State without what was deleted",
      (other) => {
        const params = state(other, Param);
        params.delete("layers", 3);
        return params;
      },
    ],
    ["gradients", (other) => grad((net: typeof other) => tf.sum(net.layers[0].kernel.value))(other)],
    [
      "gradients of a part",
      (other) => {
        const argnums = new DiffState(0, PathContains("kernel"));
        return grad((net: typeof other) => tf.sum(net.layers[0].kernel.value), { argnums })(other);
      },
    ],
    ["a dictionary of all Params", (other) => toPureDict(state(other, Param))],
    ["a dictionary of all Params and statistics", (other) => toPureDict(state(other, Not(RngState)))],
    ["a State by hand of all statistics", (other) => fromFlatState([...state(other, BatchStat)])],
    [
      "the rest of a dictionary's State, with what it rests of",
      (other) => splitState(fromPureDict(toPureDict(state(other, Param))), PathContains("bias"), true),
    ],
    ["nothing", () => ({})],
  ];
  test.each(wholes)("%s", async (_, make) => {
    const [model, other] = [makeModel(), makeModel(1)];
    for (const norm of [other.layers[1]]) norm.mean.value = tf.ones([3]);
    const given = make(other);
    const sources = Array.isArray(given) ? given : [given];
    update(model, ...(sources as [Update]));
    const written = mergeState(
      new State(),
      ...sources.filter((source) => source instanceof State),
    ) as State<Param>;
    for (const [path, leaf] of written)
      await expect(state(model).leaf<Param>(...path).value).toBeAllClose("value" in leaf ? leaf.value : leaf);
  });

  test("gradients of a model that is frozen in part, and what they move", async () => {
    const model = makeModel();
    select(model).where(PathContains(0)).freeze();
    const grads = grad((net: typeof model) => tf.sum(net.layers[3].forward(tf.ones([1, 3]))))(model);
    update(
      model,
      mapState((path, gradient) => tf.sub(state(model).leaf<Param>(...path).value, gradient.value), grads),
    );
    await expect(model.layers[3].bias!.value).toBeAllClose([-1]);
  });

  test("what pop took out, also at the end of arrays and where undefined stands now", async () => {
    const model = new Node();
    model["w"] = new Param(tf.scalar(1));
    model["keys"] = new Cache(tf.scalar(2));
    model["list"] = [new Cache(tf.scalar(3)), new Cache(tf.scalar(4))];
    const popped = pop(model, Cache);
    model["keys"] = undefined;
    update(
      model,
      mapState((_, cache) => cache, popped),
    );
    expect(model["keys"]).toBeInstanceOf(Cache);
    expect(model["keys"]).not.toBe(popped.leaf("keys"));
    const [, last] = model["list"] as Cache[];
    await expect(last!.value).toBeAllClose([4]);
  });
});

describe("what does not fit is an error, all of it at once, and nothing is written", () => {
  const at = (path: string, tensor: tf.Tensor) => {
    const dict = toPureDict(state(makeModel(), Param)) as Record<
      string,
      Record<string, Record<string, unknown>>
    >;
    const [layer, name] = path.split(".") as [string, string];
    dict["layers"]![layer] = { ...dict["layers"]![layer], [name]: tensor };
    return dict as Update;
  };
  const cases: [string, () => Update, typeof GraphStructureError, RegExp][] = [
    [
      "a kernel of another shape",
      () => at("0.kernel", tf.ones([3, 2])),
      ShapeMismatchError,
      /Of another shape: layers\.0\.kernel: expected float32\[2, 3\], got float32\[3, 2\]\./,
    ],
    [
      "a kernel of another dtype",
      () => at("0.kernel", tf.ones([2, 3], "int32")),
      DtypeError,
      /Of another dtype: layers\.0\.kernel: expected float32\[2, 3\], got int32\[2, 3\]\./,
    ],
    [
      "a misspelt name",
      () => at("0.kernal", tf.ones([2, 3])),
      GraphStructureError,
      /Not in the model: layers\.0\.kernal\. Did you mean layers\.0\.kernel\?/,
    ],
    [
      "the State of a smaller model",
      () => state(makeSmall()),
      GraphStructureError,
      /Missing: layers\.3\.bias, layers\.3\.kernel\. .*\{ strict: false \}/,
    ],
    [
      "its Params",
      () => state(makeSmall(), Param),
      GraphStructureError,
      /Missing: layers\.3\.bias, layers\.3\.kernel\./,
    ],
    [
      "its Params as a dictionary",
      () => toPureDict(state(makeSmall(), Param)),
      GraphStructureError,
      /Missing: layers\.3\.bias, layers\.3\.kernel\./,
    ],
    [
      "the State of a larger model",
      () => state(new Sequential(...makeModel().layers, new Linear(1, 1, { rngs: new Rngs(0) }))),
      GraphStructureError,
      /Not in the model: layers\.4\.bias, layers\.4\.kernel\./,
    ],
    [
      "everything at once",
      () => ({
        layers: {
          0: { bias: tf.ones([3]), kernal: tf.ones([2, 3]) },
          1: { bias: tf.ones([4]), scale: tf.ones([3], "int32") },
        },
      }),
      GraphStructureError,
      /Missing: layers\.0\.kernel, layers\.3\.bias, layers\.3\.kernel\. Not in the model: layers\.0\.kernal\. .*Of another shape: layers\.1\.bias: .*Of another dtype: layers\.1\.scale/,
    ],
    [
      "a tensor for a sub-module",
      () => ({ layers: { 0: tf.ones([3]) } }),
      GraphStructureError,
      /Expected a State for layers\.0, got a single value/,
    ],
    [
      "values below a Variable",
      () => ({ layers: { 0: { kernel: { deep: tf.ones([1]) } } } }),
      GraphStructureError,
      /Expected a module or container at layers\.0\.kernel to hold layers\.0\.kernel\.deep, got a Param/,
    ],
    [
      "values below something that is not there",
      () => ({ nope: { x: tf.ones([1]) } }),
      GraphStructureError,
      /Not in the model: nope\.x\./,
    ],
    [
      "a value for a setting",
      () => ({ layers: { 0: { inFeatures: tf.ones([1]) } } }),
      GraphStructureError,
      /got layers\.0\.inFeatures, which is a setting \(number\)/,
    ],
    [
      "a bias for a layer that has none",
      () => ({ layers: { 4: { bias: tf.ones([1]) } } }),
      GraphStructureError,
      /Not in the model: layers\.4\.bias/,
    ],
    [
      "a number instead of a tensor",
      () => ({ layers: { 0: { kernel: 3 as unknown as tf.Tensor } } }),
      GraphStructureError,
      /expected a tensor or nested objects of tensors at layers\.0\.kernel, got a number/,
    ],
    [
      "null instead of a tensor",
      () => ({ layers: { 0: { kernel: null as unknown as tf.Tensor } } }),
      GraphStructureError,
      /expected a tensor or nested objects of tensors at layers\.0\.kernel, got null/,
    ],
  ];
  test.each(cases)("%s", async (_, make, type, message) => {
    const model = makeModel();
    const [before, structure] = [await values(model), String(model)];
    expect(() => update(model, make())).toThrow(type);
    expect(() => update(model, make())).toThrow(message);
    expect([await values(model), String(model)]).toEqual([before, structure]);
  });

  test("strict: false excuses what is missing, and nothing else", () => {
    const model = makeModel();
    expect(() => update(model, state(makeSmall()), { strict: false })).not.toThrow();
    for (const [name, make] of cases.filter(([name]) => !/smaller|its Params/.test(name))) {
      expect(() => update(model, make(), { strict: false }), name).toThrow(/Error|update: /);
    }
  });

  test("an abstract or disposed value among those given", async () => {
    const gone = tf.ones([2, 3]);
    gone.dispose();
    const abstract = evalShape(() => new Linear(2, 3, { rngs: new Rngs(0) })).kernel;
    const model = new Node();
    model["a"] = evalShape(() => new Linear(2, 3, { rngs: new Rngs(0) }));
    model["b"] = new Linear(2, 3, { rngs: new Rngs(0) });
    for (const bad of [gone, abstract]) {
      const given = new State([
        [["a", "bias"], tf.ones([3])],
        [["b", "bias"], tf.ones([3])],
        [["b", "kernel"], bad],
      ]);
      expect(() => update(model, given, { strict: false })).toThrow(VariableValueError);
      expect((model["a"] as Linear).bias!.isAbstract).toBe(true);
      await expect((model["b"] as Linear).bias!.value).toBeAllClose([0, 0, 0]);
    }
  });

  test("a node that is no model", () => {
    expect(() => update(new Param(tf.scalar(1)), {})).toThrow(/set it: variable\.value = tensor/);
    expect(() => update(undefined, {})).toThrow(/expected a module or container, got nothing/);
  });
});

describe("merge", () => {
  test("checks shapes and dtypes too, all at once", () => {
    const [definition, whole] = split(makeModel());
    const given = fromPureDict(toPureDict(whole));
    given.set(["layers", 0, "kernel"], tf.ones([3, 2]));
    given.set(["layers", 3, "bias"], tf.ones([1], "int32"));
    expect(() => merge(definition, given)).toThrow(ShapeMismatchError);
    expect(() => merge(definition, given)).toThrow(
      /Of another shape: layers\.0\.kernel: expected float32\[2, 3\], got float32\[3, 2\]\. Of another dtype: layers\.3\.bias/,
    );
  });

  test("takes the model's own Variables whatever their values are by now", () => {
    const model = makeModel();
    const [definition, whole] = split(model);
    model.layers[0].bias!.value = tf.ones([1, 3]);
    expect(merge(definition, whole).layers[0].bias!.shape).toEqual([1, 3]);
  });

  test("with { strict: false } lets Variables be missing: they have no value", () => {
    const [definition, params, others] = split(makeModel(), Param, true);
    const model = merge(definition, params, { strict: false });
    expect(kernelOf(model)).toBe(params.leaf("layers", 0, "kernel"));
    expect([model.layers[1].mean.isAbstract, model.layers[1].mean.shape]).toEqual([true, [3]]);
    update(model, others);
    expect(model.layers[1].mean.isAbstract).toBe(false);
    expect(() => merge(definition, params)).toThrow(/Missing: layers\.1\.mean/);
    expect(() => merge(definition, others, state({ x: new Param(tf.scalar(0)) }), { strict: false })).toThrow(
      /Not in the model: x/,
    );
  });
});

test("a clone is filled from a filtered State of its original", async () => {
  class Tied extends Module {
    readonly a = new Linear(2, 2, { rngs: new Rngs(0) });
    readonly b = this.a;
  }
  const model = new Tied();
  const copy = clone(model);
  copy.a.kernel.value = tf.zeros([2, 2]);
  // The same Variables, by another path.
  update(copy, { b: { kernel: model.a.kernel.value, bias: model.a.bias!.value } });
  await expect(copy.a.kernel.value).toBeAllClose(model.a.kernel.value);
});
