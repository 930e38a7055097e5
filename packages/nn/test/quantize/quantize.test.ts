/** @file What `quantize` makes of models, and what it refuses. */
import {
  clone,
  DiffState,
  Embed,
  evalShape,
  grad,
  Int8Kernel,
  InvalidArgumentError,
  iterVariables,
  Linear,
  LoRALinear,
  LoRAParam,
  merge,
  Module,
  Not,
  Param,
  PathContains,
  QuantizedParam,
  quantize,
  Rngs,
  Sequential,
  split,
  WeightNorm,
} from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest";

let rngs: Rngs;

beforeEach(() => {
  tf.engine().startScope();
  rngs = new Rngs(0);
});
afterEach(() => tf.engine().endScope());

const mlp = () => new Sequential(new Linear(32, 64, { rngs }), new Linear(64, 16, { rngs }));
const int8 = (kernel: unknown) => kernel as Int8Kernel;

test("the original stays as it is, and what is no kernel is shared", async () => {
  const model = mlp();
  const kernel = model.layers[0].kernel;
  const before = Array.from(await kernel.value.data());
  const { model: small } = await quantize(model);
  expect(model.layers[0].kernel).toBe(kernel);
  expect(kernel).toBeInstanceOf(Param);
  expect(Array.from(await kernel.value.data())).toEqual(before);
  expect(small.layers[0].bias).toBe(model.layers[0].bias);
  expect(small.layers[0].kernel).toBeInstanceOf(Int8Kernel);
  expect(small).toBeInstanceOf(Sequential);
  expectTypeOf(small).toEqualTypeOf(model);
});

test("kernels take a quarter of the memory, and the scales", async () => {
  const model = new Sequential(new Linear(256, 512, { useBias: false, rngs }));
  const { model: small, report } = await quantize(model);
  const bytes = (root: Module) => iterVariables(root).reduce((sum, [, { size }]) => sum + 4 * size, 0);
  expect(bytes(small)).toBe(256 * 512 + 4 * 512);
  expect(report.bytes).toBe(bytes(small));
  expect(report.floatBytes).toBe(bytes(model));
});

test("the report has each kernel with its path, and is a table", async () => {
  const { report } = await quantize(mlp());
  expect(report.kernels.map(({ path }) => path)).toEqual([
    ["layers", 0, "kernel"],
    ["layers", 1, "kernel"],
  ]);
  expect(report.relativeError).toBeGreaterThan(0.001);
  expect(report.relativeError).toBeLessThan(0.01);
  expect(String(report)).toMatch(/layers\.0\.kernel │ \[32, 64\] │ 0\.\d\d % +│ 2,304 /);
});

describe("what is quantised", () => {
  test("is for a filter of layers to say", async () => {
    const model = new Sequential(new Embed(50, 32, { rngs }), new Linear(32, 64, { rngs }));
    const kernels = async (filter: Parameters<typeof quantize>[1]) =>
      (await quantize(model, filter)).report.kernels.map(({ path }) => path.join("."));
    expect(await kernels({ filter: Linear })).toEqual(["layers.1.kernel"]);
    expect(await kernels({ filter: Not(Linear) })).toEqual(["layers.0.embedding"]);
    expect(await kernels({ filter: Not(PathContains(0)) })).toEqual(["layers.1.kernel"]);
    expect(await kernels({})).toEqual(["layers.0.embedding", "layers.1.kernel"]);
  });

  test("is not what would not become half as large, nor what a wrapper writes", async () => {
    const narrow = new Linear(32, 5, { rngs });
    const wrapped = new WeightNorm(new Linear(32, 64, { rngs }), { rngs });
    const model = new Sequential(narrow, wrapped, new Linear(8, 16, { rngs }));
    const { report } = await quantize(model);
    expect(report.kernels.map(({ path }) => path.join("."))).toEqual(["layers.2.kernel"]);
  });

  test("is quantised once: what is so already stays", async () => {
    const model = mlp();
    const { model: first } = await quantize(model, { filter: PathContains(0) });
    const { model: second, report } = await quantize(first);
    expect(report.kernels.length).toBe(1);
    expect(second.layers[0].kernel).not.toBeInstanceOf(Param);
    expect(int8(second.layers[0].kernel).words).toBe(int8(first.layers[0].kernel).words);
    await expect(quantize(second)).rejects.toThrow(/found none that the filter selects/);
  });

  test("is shared where it was", async () => {
    const layer = new Linear(16, 16, { rngs });
    const model = new Sequential(layer, new Linear(16, 16, { rngs }), layer);
    model.layers[1].kernel = layer.kernel;
    const { model: small, report } = await quantize(model);
    expect(report.kernels.length).toBe(1);
    expect(small.layers[2]).toBe(small.layers[0]);
    expect(small.layers[1].kernel).toBe(small.layers[0].kernel);
  });
});

describe("training", () => {
  const loss = (model: { forward(x: tf.Tensor): tf.Tensor }) => tf.sum(model.forward(tf.ones([1, 32])));

  test("what is quantised is an error that names it", async () => {
    const { model } = await quantize(mlp());
    expect(() => grad(loss)(model)).toThrow(
      /layers\.0\.kernel\.words is int32\. Leave it out by a filter: .*LoRAParam/,
    );
    expect(() => grad(loss)(model)).toThrow(InvalidArgumentError);
  });

  test("adapters over it learns", async () => {
    const adapted = new LoRALinear(32, 16, { loraRank: 2, rngs });
    const { model } = await quantize(adapted);
    const gradient = grad(loss, { argnums: new DiffState(0, LoRAParam) });
    expect(gradient(model).entries.length).toBe(2);
  });

  test("inputs have gradients", async () => {
    const { model } = await quantize(new Linear(32, 16, { rngs }));
    const x = tf.ones([2, 32]);
    const gradient = tf.grad((x) => tf.sum(model.forward(x)))(x);
    const rows = tf.sum(model.kernel.value, 1);
    await expect(gradient).toBeAllClose(Array.from(await tf.stack([rows, rows]).data()), {
      rtol: 1e-5,
      atol: 1e-5,
    });
  });
});

test("split, merge and clone keep it", async () => {
  const { model } = await quantize(mlp());
  const x = tf.ones([1, 32]);
  const expected = Array.from(await model.forward(x).data());
  const [definition, values] = split(model);
  expect(values.entries.map(([path]) => path.join("."))).toContain("layers.0.kernel.words");
  for (const copy of [merge(definition, values), clone(model)]) {
    expect(Array.from(await copy.forward(x).data())).toEqual(expected);
  }
});

test("a model without values becomes one that a quantised one is loaded into", async () => {
  const shapes = evalShape(() => mlp());
  const { model, report } = await quantize(shapes);
  const { words, scale } = int8(model.layers[0].kernel);
  expect(words.isAbstract && scale.isAbstract).toBe(true);
  expect(words).toBeInstanceOf(QuantizedParam);
  expect([words.shape, words.dtype, scale.shape]).toEqual([[32, 16], "int32", [1, 64]]);
  expect(report.bytes).toBe(4 * (32 * 16 + 64) + 4 * (64 * 4 + 16));
  expect(report.relativeError).toBeNaN();
});

test("metadata comes along", async () => {
  const { model } = await quantize(new Linear(8, 16, { kernelMetadata: { tag: "head" }, rngs }));
  expect(int8(model.kernel).words.tag).toBe("head");
});

test("ties are rounded to even", async () => {
  const layer = new Linear(4, 16, { useBias: false, rngs });
  const rows = [127, 0.5, 1.5, -2.5].map((value) => Array.from({ length: 16 }, () => value));
  layer.kernel.value = tf.tensor2d(rows);
  const { model } = await quantize(layer);
  expect(((await model.kernel.value.array()) as number[][]).map(([first]) => first! + 0)).toEqual([
    127, 0, 2, -2,
  ]);
});

test("NaN is refused, and nothing is left behind", async () => {
  const model = mlp();
  model.layers[1].kernel.value = full([64, 16], NaN);
  const before = tf.memory().numTensors;
  await expect(quantize(model)).rejects.toThrow(
    /finite weights, found NaN or an infinity in layers\.1\.kernel/,
  );
  expect(tf.memory().numTensors).toBe(before);
});

test("what is no model, or has no layer, is refused", async () => {
  await expect(quantize(null as unknown as Module)).rejects.toThrow(/expected a model, got null/);
  await expect(quantize(mlp(), { filter: Embed })).rejects.toThrow(InvalidArgumentError);
});

test("forward leaves nothing behind", async () => {
  const { model } = await quantize(mlp());
  const x = tf.ones([1, 32]);
  await expectNoLeak(() => tf.tidy(() => void model.forward(x)));
});

test("disposing of it leaves the original's kernels", async () => {
  const layer = new Linear(8, 16, { useBias: false, rngs });
  const { model } = await quantize(layer);
  model.dispose();
  expect(layer.forward(tf.ones([1, 8])).shape).toEqual([1, 16]);
});
