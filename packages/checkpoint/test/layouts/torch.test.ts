import { CheckpointMismatchError, loadModel, readSafetensors, type TensorFile } from "@nnx-js/checkpoint";
import {
  Bidirectional,
  Conv,
  ConvTranspose,
  Embed,
  evalShape,
  GRUCell,
  initializers,
  Linear,
  List,
  LoRA,
  LoRALinear,
  LSTMCell,
  Module,
  MultiHeadAttention,
  OptimizedLSTMCell,
  Param,
  relu,
  RNN,
  RNNCellBase,
  Rngs,
  Sequential,
  SimpleCell,
  Variable,
  variables,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { saved } from "../model/in-memory.ts";

const R = () => ({ rngs: new Rngs(0) });
const torch = { layout: "torch" } as const;

/** A file with other numbers in each tensor. */
function fileOf(shapes: Readonly<Record<string, readonly number[]>>): TensorFile {
  const names = Object.keys(shapes);
  return {
    names,
    metadata: {},
    info: (name) => ({
      dtype: "F32",
      shape: shapes[name]!,
      byteLength: 4 * tf.util.sizeFromShape([...shapes[name]!]),
    }),
    tensor: (name) => {
      const size = tf.util.sizeFromShape([...shapes[name]!]);
      const first = names.indexOf(name) * 1000;
      return Promise.resolve(
        tf.tensor(
          Float32Array.from({ length: size }, (_, i) => first + i),
          [...shapes[name]!],
        ),
      );
    },
    close: () => Promise.resolve(),
  };
}

/** What `saveModel` writes: names with shapes. */
async function written(node: unknown): Promise<Record<string, readonly number[]>> {
  const file = await readSafetensors(await saved(node, torch));
  return Object.fromEntries([...file.names].sort().map((name) => [name, file.info(name).shape]));
}

const firstOf = async (variable: Variable) => (await variable.value.data())[0];

describe("names", () => {
  class Model extends Module {
    readonly inputProj = new Linear(2, 3, R());
    readonly lin1 = new Linear(3, 3, R());
    readonly blocks = [new Linear(3, 3, { ...R(), useBias: false })];
    readonly Conv2d_1a = new Linear(3, 1, { ...R(), useBias: false });
  }
  const names = {
    "input_proj.weight": [3, 2],
    "input_proj.bias": [3],
    "lin1.weight": [3, 3],
    "lin1.bias": [3],
    "blocks.0.weight": [3, 3],
    "Conv2d_1a.weight": [1, 3],
  };
  const prefixed = (prefix: string) =>
    Object.fromEntries(Object.entries(names).map(([name, shape]) => [prefix + name, shape]));

  test("attributes are written in snake_case", async () => {
    expect(await written(new Model())).toEqual(names);
  });

  test.each(["", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "base_model.model."])(
    "are found behind %j",
    async (prefix) => {
      const model = new Model();
      await loadModel(model, fileOf(prefixed(prefix)), torch);
      expect(await firstOf(model.lin1.kernel)).toBe(2000);
    },
  );

  test("a module that was compiled alone is found", async () => {
    const { "lin1.weight": weight, "lin1.bias": bias, ...others } = names;
    const file = fileOf({ ...others, "lin1._orig_mod.weight": weight, "lin1._orig_mod.bias": bias });
    await expect(loadModel(new Model(), file, torch)).resolves.toMatchObject({ missing: [] });
  });

  test("an attribute `module` is no prefix", async () => {
    class Outer extends Module {
      readonly module = new Linear(2, 1, { ...R(), useBias: false });
    }
    const model = new Outer();
    await loadModel(model, fileOf({ "module.weight": [1, 2] }), torch);
    await expect(model.module.kernel.value).toBeAllClose([0, 1]);
  });

  test("other spellings are found where one name can be meant", async () => {
    const { "lin1.weight": weight, "lin1.bias": bias, ...others } = names;
    const model = new Model();
    await loadModel(model, fileOf({ ...others, "lin_1.weight": weight, "lin_1.bias": bias }), torch);
    expect(await firstOf(model.lin1.kernel)).toBe(4000);
  });

  test("a name that is another leaf's own is not taken for a spelling", async () => {
    class Twice extends Module {
      readonly lin_1 = new Linear(2, 1, { ...R(), useBias: false });
      readonly lin1 = new Linear(2, 1, { ...R(), useBias: false });
    }
    const before = new Twice();
    const wrong = loadModel(before, fileOf({ "lin_1.weight": [1, 2] }), torch);
    await expect(wrong).rejects.toThrow(CheckpointMismatchError);
    await expect(wrong).rejects.toThrow(/Missing in the file \(1\): lin1\.weight/);
    await loadModel(before, fileOf({ "lin_1.weight": [1, 2], "lin1.weight": [1, 2] }), torch);
    expect([await firstOf(before.lin_1.kernel), await firstOf(before.lin1.kernel)]).toEqual([0, 1000]);
  });

  test("two spellings of one name leave in doubt which is meant", async () => {
    const file = fileOf({ "lin_1.weight": [1, 2], "Lin1.weight": [1, 2] });
    const wrong = loadModel({ lin1: new Linear(2, 1, { ...R(), useBias: false }) }, file, torch);
    await expect(wrong).rejects.toThrow(/Missing in the file \(1\): lin1\.weight/);
  });

  test("functions count as layers of a Sequential, and lists are numbered", async () => {
    const layer = () => new Linear(2, 2, { ...R(), useBias: false });
    const model = { net: new Sequential(layer(), relu, layer()), list: new List([layer()]) };
    expect(await written(model)).toEqual({
      "list.0.weight": [2, 2],
      "net.0.weight": [2, 2],
      "net.2.weight": [2, 2],
    });
  });
});

describe("classes without a rule", () => {
  class Scaled extends Linear {
    readonly gain = new Param(tf.ones([1]));
    readonly table = tf.ones([2, 2]);
  }

  test("a subclass has the rule of its base class, and its own Params their names", async () => {
    const shapes = { bias: [3], gain: [1], table: [2, 2], weight: [3, 2] };
    expect(await written(new Scaled(2, 3, R()))).toEqual(shapes);
  });

  test("a plain tensor is loaded where the file has it, and need not be there", async () => {
    const model = new Scaled(2, 3, R());
    await loadModel(model, fileOf({ weight: [3, 2], bias: [3], gain: [1] }), torch);
    await expect(model.table).toBeAllClose([1, 1, 1, 1]);
    await loadModel(model, fileOf({ weight: [3, 2], bias: [3], gain: [1], table: [2, 2] }), torch);
    await expect(model.table).toBeAllClose([3000, 3001, 3002, 3003]);
    const abstract = evalShape(() => new Scaled(2, 3, R()));
    await loadModel(abstract, fileOf({ weight: [3, 2], bias: [3], gain: [1], table: [2, 2] }), torch);
    await expect(abstract.table).toBeAllClose([3000, 3001, 3002, 3003]);
  });

  test("a Param of one's own has to be there", async () => {
    const wrong = loadModel(new Scaled(2, 3, R()), fileOf({ weight: [3, 2], bias: [3] }), torch);
    await expect(wrong).rejects.toThrow(/Missing in the file \(1\): gain/);
  });

  test("a cell of one's own keeps its place in the layer", async () => {
    class Cell extends RNNCellBase<tf.Tensor> {
      readonly dense = new Linear(2, 2, { ...R(), useBias: false });
      initializeCarry = () => tf.zeros([1, 2]);
      forward(carry: tf.Tensor): [tf.Tensor, tf.Tensor] {
        return [carry, carry];
      }
    }
    expect(await written({ rnn: new RNN(new Cell(), { rngs: false }) })).toEqual({
      "rnn.cell.dense.weight": [2, 2],
    });
  });
});

describe("shared layers", () => {
  const model = () => {
    const shared = new Linear(2, 2, { ...R(), useBias: false });
    return { first: shared, second: shared, other: new Linear(2, 2, { ...R(), useBias: false }) };
  };

  test("are written under each name, as state_dict has them", async () => {
    expect(Object.keys(await written(model()))).toEqual(["first.weight", "other.weight", "second.weight"]);
  });

  test.each([
    ["both", ["first.weight", "second.weight"], 2000],
    ["the first", ["first.weight"], 1000],
    ["the second", ["second.weight"], 1000],
  ])("are read from %s of their names", async (_, names, value) => {
    const node = model();
    const shapes = Object.fromEntries(["other.weight", ...names].map((name) => [name, [2, 2]]));
    await loadModel(node, fileOf(shapes), torch);
    expect(await firstOf(node.first.kernel)).toBe(value);
  });
});

describe("recurrent layers", () => {
  const lstm = (features: number, hidden = 3) => new RNN(new OptimizedLSTMCell(features, hidden, R()));
  const namesOf = async (node: unknown) => Object.keys(await written(node));
  const four = (suffix: string) =>
    ["bias_hh", "bias_ih", "weight_hh", "weight_ih"].map((name) => name + suffix);

  test.each([
    ["an array", () => [lstm(2), lstm(3)]],
    ["a List", () => new List([lstm(2), lstm(3)])],
    ["a Sequential", () => new Sequential(lstm(2), relu, lstm(3))],
  ])("%s of layers of one size is one LSTM", async (_, make) => {
    const names = [...four("_l0"), ...four("_l1")].map((name) => `rnn.${name}`);
    expect(await namesOf({ rnn: make() })).toEqual(names.sort());
  });

  test.each([
    ["one layer", () => [lstm(2)]],
    ["layers of several sizes", () => [lstm(2), lstm(3, 4)]],
    ["layers that do not fit on each other", () => [lstm(2), lstm(2)]],
    ["cells of several classes", () => [lstm(2), new RNN(new GRUCell(3, 3, R()))]],
    ["directions that differ", () => [lstm(2), new Bidirectional(lstm(3), lstm(3))]],
  ])("%s are modules of a list", async (_, make) => {
    const [first] = await namesOf({ rnn: make() });
    expect(first).toBe("rnn.0.bias_hh_l0");
  });

  test("layers of a list and layers of one LSTM are both read", async () => {
    const shapes = (features: number) => [[12, features], [12, 3], [12], [12]];
    const keys = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
    const file = (name: (layer: number, key: string) => string) =>
      fileOf(
        Object.fromEntries(
          [2, 3].flatMap((features, layer) => keys.map((key, i) => [name(layer, key), shapes(features)[i]!])),
        ),
      );
    for (const name of [
      (layer: number, key: string) => `${key}_l${layer}`,
      (layer: number, key: string) => `${layer}.${key}_l0`,
      (layer: number, key: string) => `${layer}.${key}`,
    ]) {
      const layers = [lstm(2), lstm(3)];
      await loadModel(layers, file(name), torch);
      expect(await firstOf(layers[1]!.cell.denseI.kernel)).toBe(4000);
    }
  });

  test("a second bias in the new gate is refused by a GRUCell without, and zeros are not", async () => {
    const shapes = { weight_ih: [6, 3], weight_hh: [6, 2], bias_ih: [6], bias_hh: [6] };
    const cell = new GRUCell(3, 2, R());
    const before = [...(await cell.denseI.bias!.value.data())];
    await expect(loadModel(cell, fileOf(shapes), torch)).rejects.toThrow(/useRecurrentBias: true \}\.\n/);
    expect([...(await cell.denseI.bias!.value.data())]).toEqual(before);
    await loadModel(cell, await saved(new GRUCell(3, 2, R()), torch), torch);
  });

  test("cells of the same numbers in another form are written alike", async () => {
    const options = { ...R(), biasInit: initializers.normal(1) };
    const [cell, optimized] = [new LSTMCell(3, 2, options), new OptimizedLSTMCell(3, 2, R())];
    await loadModel(optimized, await saved(cell, torch), torch);
    expect(await saved(optimized, torch)).toEqual(await saved(cell, torch));
  });

  test("part of what is one tensor there cannot be loaded from nothing", async () => {
    const simple = new SimpleCell(3, 2, R());
    const wrong = loadModel(simple, fileOf({ weight_ih: [2, 3], weight_hh: [2, 2], bias_ih: [2] }), torch);
    await expect(wrong).rejects.toThrow(/Missing in the file \(1\): bias_hh/);
  });
});

describe("attention", () => {
  const attention = (options: object = {}) =>
    new MultiHeadAttention(4, 8, { ...R(), decode: false, ...options });

  test("fewer heads for keys and values are written as layers", async () => {
    expect(await written(attention({ numKvHeads: 2, normalizeQk: true, useBias: false }))).toEqual({
      "key.weight": [4, 8],
      "key_ln.weight": [2],
      "out.weight": [8, 8],
      "query.weight": [8, 8],
      "query_ln.weight": [2],
      "value.weight": [4, 8],
    });
  });

  test("four layers are read as well as one matrix", async () => {
    const model = attention({ useBias: false });
    const weights = ["query", "key", "value", "out"].map((name) => [`${name}.weight`, [8, 8]]);
    await loadModel(model, fileOf(Object.fromEntries(weights) as Record<string, number[]>), torch);
    expect(await firstOf(model.value.kernel)).toBe(2000);
  });

  test("random streams and caches have no place", async () => {
    const model = new MultiHeadAttention(2, 4, { ...R(), decode: true, dropoutRate: 0.5 });
    model.initCache([1, 3, 4]);
    expect(Object.keys(await written(model))).toEqual([
      "in_proj_bias",
      "in_proj_weight",
      "out_proj.bias",
      "out_proj.weight",
    ]);
  });
});

describe("adapters", () => {
  const linear = () => new Linear(3, 4, { ...R(), useBias: false });
  const adapted = () => ({ q: new LoRA(3, 2, 4, { baseModule: linear(), ...R() }) });

  test("have the names of PEFT", async () => {
    const names = {
      "q.base_layer.weight": [4, 3],
      "q.lora_A.default.weight": [2, 3],
      "q.lora_B.default.weight": [4, 2],
    };
    expect(await written(adapted())).toEqual(names);
    const inOne = { q: new LoRALinear(3, 4, { ...R(), loraRank: 2, useBias: false }) };
    expect(await written(inOne)).toEqual(names);
  });

  test("are loaded alone, and their base from a model without them", async () => {
    const model = adapted();
    const adapters = {
      "base_model.model.q.lora_A.weight": [2, 3],
      "base_model.model.q.lora_B.weight": [4, 2],
    };
    const { missing } = await loadModel(model, fileOf(adapters), { ...torch, strict: false });
    expect(missing).toEqual(["q.weight"]);
    expect(await firstOf(model.q.loraB)).toBe(1000);
    const report = await loadModel(model, fileOf({ "q.weight": [4, 3] }), { ...torch, strict: false });
    expect(report.unexpected).toEqual([]);
    await expect(model.q.baseModule!.kernel.value).toBeAllClose([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  });
});

test("the kernel of a transposed convolution is the transpose of the convolution with the same weight", async () => {
  const axis = fc.record({ size: fc.integer({ min: 1, max: 3 }), stride: fc.integer({ min: 1, max: 3 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(axis, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      async (axes, transposeKernel, features, others) => {
        const sizes = axes.map(({ size }) => size);
        const strides = axes.map(({ stride }) => stride);
        const options = { ...R(), strides, useBias: false };
        const conv = new Conv(others, features, sizes, { ...options, padding: "VALID" });
        const padding = sizes.map((size) => [size - 1, size - 1] as const);
        const back = new ConvTranspose(features, others, sizes, { ...options, padding, transposeKernel });
        // The weight of both is [features, others, ...sizes] in PyTorch.
        await loadModel(back, await saved(conv, torch), torch);
        const x = tf.randomUniform([1, ...axes.map(({ size, stride }) => size + stride), others], -1, 1);
        const y = conv.forward(x);
        const cotangent = tf.randomUniform(y.shape, -1, 1);
        const forward = tf.sum(tf.mul(y, cotangent));
        const transposed = tf.sum(tf.mul(x, back.forward(cotangent)));
        await expect(transposed).toBeAllClose([(await forward.data())[0]!], { rtol: 1e-4, atol: 1e-4 });
      },
    ),
    { numRuns: 25 },
  );
});

test("nothing is left over", async () => {
  const make = () => ({
    embed: new Embed(3, 2, R()),
    rnn: new RNN(new LSTMCell(2, 2, R())),
    conv: new Conv(2, 2, [2, 2], R()),
    attention: new MultiHeadAttention(2, 4, { ...R(), decode: false }),
  });
  const model = make();
  const bytes = await saved(model, torch);
  const before = tf.memory().numTensors;
  await saved(model, torch);
  await loadModel(model, bytes, torch);
  expect(tf.memory().numTensors).toBe(before);
  expect(variables(model).size).toBeGreaterThan(0);
});
