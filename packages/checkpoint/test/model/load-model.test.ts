import {
  CheckpointMismatchError,
  FileFormatError,
  loadModel,
  readSafetensors,
  saveModel,
} from "@nnx-js/checkpoint";
import {
  Accuracy,
  Average,
  BatchNorm,
  BatchStat,
  clone,
  Dropout,
  evalShape,
  InvalidArgumentError,
  iterVariables,
  Linear,
  List,
  Module,
  MultiMetric,
  Not,
  OptState,
  Param,
  PathContains,
  relu,
  reseed,
  Rngs,
  RngState,
  Sequential,
  state,
  Variable,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clear, failingAt, fileOf, headerOf, saved, valuesOf } from "./in-memory.ts";

class Net extends Module {
  readonly lin1: Linear;
  readonly bn: BatchNorm;
  readonly dropout: Dropout;
  readonly layers: List<Linear>;

  constructor({ rngs, width = 4 }: { rngs: Rngs; width?: number }) {
    super();
    this.lin1 = new Linear(3, width, { rngs });
    this.bn = new BatchNorm(width, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
    this.layers = new List([new Linear(width, width, { rngs }), new Linear(width, 2, { rngs })]);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.layers[1]!.forward(relu(this.layers[0]!.forward(this.dropout.forward(this.bn.forward(this.lin1.forward(x)))))); // prettier-ignore
  }
}

/** No Module. */
class Plain {
  readonly kernel = new Param(tf.scalar(1));
}

const net = (seed = 0) => new Net({ rngs: new Rngs(seed) });
const floats = (...values: number[]) => ({
  dtype: "F32" as const,
  shape: [values.length],
  data: new Float32Array(values),
});

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** The error of a load that fails, and that it changed nothing and left nothing. */
async function failure(node: unknown, source: Parameters<typeof loadModel>[1], options = {}) {
  const before = await valuesOf(node);
  const tensors = tf.memory().numTensors;
  const error: unknown = await loadModel(node, source, options).catch((reason: unknown) => reason);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(await valuesOf(node)).toEqual(before);
  expect(error).toBeInstanceOf(Error);
  return error as CheckpointMismatchError;
}

describe("a round trip", () => {
  test("names are the paths, and kinds and keys are told in the metadata", async () => {
    const bytes = await saved(net(), { metadata: { epoch: "3" } });
    const header = headerOf(bytes);
    expect(
      Object.keys(header)
        .filter((name) => name !== "__metadata__")
        .sort(),
    ).toEqual([...state(net())].map(([path]) => path.join(".")).sort());
    expect(header["__metadata__"]!["epoch"]).toBe("3");
    expect(JSON.parse(header["__metadata__"]!["nnx-js"] as string)).toEqual({
      version: 1,
      layout: "nnx",
      kinds: {
        BatchStat: ["bn.mean", "bn.var"],
        Param: ["bn.bias", "bn.scale", "layers.0.bias", "layers.0.kernel", "layers.1.bias", "layers.1.kernel", "lin1.bias", "lin1.kernel"], // prettier-ignore
        RngCount: ["dropout.rngs.count"],
        RngKey: ["dropout.rngs.key"],
      },
      keyImpls: { threefry2x32: ["dropout.rngs.key"] },
    });
  });

  test("a model gets the values of another, in its own Variables, and leaves no tensor", async () => {
    const [model, other] = [net(0), net(7)];
    const variables = iterVariables(other).map(([, variable]) => variable);
    const tensors = tf.memory().numTensors;
    const report = await loadModel(other, await saved(model));
    expect(report).toEqual({ missing: [], unexpected: [], settings: [] });
    expect(await valuesOf(other)).toEqual(await valuesOf(model));
    expect(iterVariables(other).map(([, variable]) => variable)).toEqual(variables);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test("a whole training state: model, optimiser, streams, metrics, a counter", async () => {
    const make = (seed: number) => {
      const rngs = new Rngs({ params: seed, dropout: seed + 1 });
      const model = new Net({ rngs });
      return {
        model,
        optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }),
        rngs,
        metrics: new MultiMetric({ accuracy: new Accuracy(), loss: new Average("loss") }),
        step: tf.scalar(seed, "int32"),
      };
    };
    const [one, two] = [make(1), make(2)];
    one.rngs.key("dropout").dispose();
    for (const [, variable] of iterVariables(one.optimizer)) variable.value = tf.onesLike(variable.value);
    one.metrics.accuracy.update({ logits: tf.tensor2d([[1, 0]]), labels: tf.tensor1d([0], "int32") });
    await loadModel(two, await saved(one));
    expect(await valuesOf(two)).toEqual(await valuesOf(one));
    expect(await two.rngs.stream("dropout").uniform([3]).data()).toEqual(
      await one.rngs.stream("dropout").uniform([3]).data(),
    );
  });

  test("keys with dots, slashes, quotes and numbers keep their place", async () => {
    const make = (value: number) => ({
      "a.b": { c: new Param(tf.scalar(value)) },
      a: { "b.c": new Param(tf.scalar(value + 1)), "b\\": new Param(tf.scalar(value + 2)) },
      map: new Map<string | number, unknown>([[10, new Param(tf.scalar(value + 3))], ["x/y\"", new BatchStat(tf.scalar(value + 4))]]), // prettier-ignore
      "": new Param(tf.scalar(value + 5)),
      __metadata__: new Param(tf.scalar(value + 6)),
      ["__proto__"]: [new Param(tf.scalar(value + 7))],
      list: [new Param(tf.scalar(value + 8)), { "": new Param(tf.scalar(value + 9)) }],
    });
    const [one, two] = [make(0), make(100)];
    await loadModel(two, await saved(one));
    expect(await valuesOf(two)).toEqual(await valuesOf(one));
  });

  test("an index and a text of the same spelling cannot share a name", async () => {
    const map = new Map<string | number, Param>([[0, new Param(tf.scalar(1))], ["0", new Param(tf.scalar(2))]]); // prettier-ignore
    await expect(saved({ map })).rejects.toThrow(
      "saveModel: expected one leaf of each name, got two named map.0, one by an index and one by a text. Rename one.",
    );
  });

  test("a shared Variable is written once, and found under any of its paths", async () => {
    const make = (value: number) => {
      const embed = { kernel: new Param(tf.scalar(value)) };
      return { embed, head: embed };
    };
    const one = make(1);
    const bytes = await saved(one);
    expect(Object.keys(headerOf(bytes))).toEqual(["__metadata__", "embed.kernel"]);
    const shared = new Param(tf.scalar(0));
    const two = { decoder: shared, other: shared };
    await loadModel(two, fileOf({ other: { dtype: "F32", shape: [], data: new Float32Array([5]) } }));
    expect(await shared.value.data()).toEqual(new Float32Array([5]));
  });

  test("Variables of a State, and plain tensors, which others may still hold", async () => {
    const model = net(0);
    const other = net(1);
    await loadModel(state(other, Param), await saved(state(model, Param)));
    expect(await other.lin1.kernel.value.data()).toEqual(await model.lin1.kernel.value.data());
    const node = { params: state(other, Param), step: tf.scalar(1) };
    const old = node.step;
    await loadModel(node, await saved({ params: state(model, Param), step: tf.scalar(8) }));
    expect(await node.step.data()).toEqual(new Float32Array([8]));
    expect(old.isDisposed).toBe(false);
  });

  test("integers, booleans, single numbers and nothing", async () => {
    const make = (fill: number) => ({
      count: new Variable(tf.scalar(fill, "int32")),
      mask: new Variable(tf.tensor1d([fill, 1], "bool")),
      none: new Param(tf.zeros([0, 3])),
      words: new Variable(tf.tensor1d([-2147483648, 2147483647, fill], "int32")),
      special: new Param(tf.tensor1d([NaN, Infinity, -Infinity, -0, 1e-45, fill])),
    });
    const [one, two] = [make(0), make(1)];
    await loadModel(two, await saved(one));
    expect(await valuesOf(two)).toEqual(await valuesOf(one));
  });
});

describe("strictness", () => {
  const file = () => ({ kernel: { dtype: "F32" as const, shape: [3, 2], data: new Float32Array(6) }, bias: floats(1, 2) }); // prettier-ignore
  const linear = () => new Linear(3, 2, { rngs: new Rngs(0) });

  test("all that does not fit stands in one error, and nothing is changed", async () => {
    const model = net();
    const { "lin1.kernel": kernel, ...rest } = Object.fromEntries(
      iterVariables(net(1)).map(([path, { shape, dtype, size }]) => [
        path.join("."),
        dtype === "int32"
          ? { dtype: "I32" as const, shape, data: new Int32Array(size) }
          : { dtype: "F32" as const, shape, data: new Float32Array(size) },
      ]),
    );
    const error = await failure(
      model,
      fileOf({ ...rest, "lin1.kernal": kernel!, extra: floats(1), "bn.mean": floats(1, 2), "bn.bias": { dtype: "I32", shape: [4], data: new Int32Array(4) } }), // prettier-ignore
    );
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    expect(error.missing).toEqual(["lin1.kernel"]);
    expect(error.unexpected).toEqual(["lin1.kernal", "extra"]);
    expect(error.misshapen).toEqual(["bn.bias", "bn.mean"]);
    expect(error.message).toMatchInlineSnapshot(`
      "loadModel: the file does not fit the model, Net. Nothing was changed.
      Missing in the file (1): lin1.kernel (nearest there: lin1.kernal).
      Not in the model (2): lin1.kernal (nearest there: lin1.kernel), extra.
      Of another shape or dtype (2): bn.bias: expected float32[4], got I32[4]; bn.mean: expected float32[4], got F32[2].
      If these are the same: loadModel(model, source, { rename: { "lin1.kernal": "lin1.kernel" } }).
      Make the model with the sizes of the file, change what is read by { transform: (tensor, name) => … }, or leave it out: { strict: false, rename: { "bn.bias": null } }."
    `);
  });

  test("strict: false loads what fits and answers the rest; shapes count all the same", async () => {
    const model = linear();
    const before = await model.kernel.value.data();
    const report = await loadModel(model, fileOf({ bias: floats(5, 6), biass: floats(1) }), {
      strict: false,
    });
    expect(report).toMatchObject({ missing: ["kernel"], unexpected: ["biass"] });
    expect(await model.bias!.value.data()).toEqual(new Float32Array([5, 6]));
    expect(await model.kernel.value.data()).toEqual(before);
    const error = await failure(model, fileOf({ bias: floats(1, 2, 3) }), { strict: false });
    expect(error.message).toMatchInlineSnapshot(`
      "loadModel: the file does not fit the model, Linear. Nothing was changed.
      Of another shape or dtype (1): bias: expected float32[2], got F32[3].
      Make the model with the sizes of the file, change what is read by { transform: (tensor, name) => … }, or leave it out: { strict: false, rename: { "bias": null } }."
    `);
  });

  test("a model's file for a whole training state: the error says how to load it", async () => {
    const model = linear();
    const training = { model, optimizer: new Optimizer(model, adam(1e-3), { wrt: Param }) };
    const error = await failure(training, await saved(linear()));
    expect(error.message).toMatchInlineSnapshot(`
      "loadModel: the file does not fit { model, optimizer }. Nothing was changed.
      Missing in the file (8): model.bias, model.kernel, optimizer.optState.0.count, optimizer.optState.0.mu.bias, optimizer.optState.0.mu.kernel, optimizer.optState.0.nu.bias, optimizer.optState.0.nu.kernel, optimizer.step.
      Not in the model (2): bias, kernel.
      The file holds what stands at model here, and nothing else: load that alone, loadModel(node.model, source)."
    `);
    const other = await failure(training, await saved({ model: linear() }));
    expect(other.message).toMatchInlineSnapshot(`
      "loadModel: the file does not fit { model, optimizer }. Nothing was changed.
      Missing in the file (6): optimizer.optState.0.count, optimizer.optState.0.mu.bias, optimizer.optState.0.mu.kernel, optimizer.optState.0.nu.bias, optimizer.optState.0.nu.kernel, optimizer.step.
      The file has nothing of optimizer. To load the others: loadModel({ model: node.model }, source).
      To take what fits and leave the rest: loadModel(model, source, { strict: false })."
    `);
    const third = await failure(model, await saved(training));
    expect(third.message).toMatchInlineSnapshot(`
      "loadModel: the file does not fit the model, Linear. Nothing was changed.
      Missing in the file (2): bias, kernel.
      Not in the model (8): model.bias, model.kernel, optimizer.optState.0.mu.bias, optimizer.optState.0.mu.kernel, optimizer.optState.0.nu.bias, optimizer.optState.0.nu.kernel, optimizer.optState.0.count, optimizer.step.
      What this model has stands below "model." in the file: loadModel(model, source, { rename: (name) => (name.startsWith("model.") ? name.slice(6) : null) })."
    `);
  });

  test("many names are gathered by parts of the model", async () => {
    const deep = () => ({ encoder: Array.from({ length: 30 }, linear), head: linear() });
    const error = await failure(deep(), await saved({ decoder: Array.from({ length: 20 }, linear), head: linear() })); // prettier-ignore
    expect(error.message).toMatchInlineSnapshot(`
      "loadModel: the file does not fit { encoder, head }. Nothing was changed.
      Missing in the file (60): encoder.… (60 names).
      Not in the model (40): decoder.… (40 names).
      If these are the same: loadModel(model, source, { rename: { "decoder.0.bias": "encoder.0.bias", "decoder.0.kernel": "encoder.0.kernel", "decoder.1.bias": "encoder.1.bias", "decoder.1.kernel": "encoder.1.kernel", "decoder.10.bias": "encoder.10.bias", "decoder.10.kernel": "encoder.10.kernel", … } })."
    `);
    expect(error.missing).toHaveLength(60);
  });

  test("names of other layouts are recognised", async () => {
    const error = await failure(linear(), fileOf({ weight: floats(1), bias: floats(1, 2) }));
    expect(error.message).toContain('{ layout: "torch" }');
  });

  test("integers for floats are an error, all floats are float32", async () => {
    const model = linear();
    const half = { dtype: "F16" as const, shape: [2], data: new Uint16Array([0x3c00, 0xc000]) };
    const wide = { dtype: "F64" as const, shape: [3, 2], data: new Float64Array([1, 2, 3, 4, 5, 6]) };
    await loadModel(model, fileOf({ kernel: wide, bias: half }));
    expect(await model.kernel.value.data()).toEqual(new Float32Array([1, 2, 3, 4, 5, 6]));
    expect(await model.bias!.value.data()).toEqual(new Float32Array([1, -2]));
    const ints = { dtype: "I32" as const, shape: [2], data: new Int32Array(2) };
    const error = await failure(model, fileOf({ ...file(), bias: ints }));
    expect(error.message).toContain("bias: expected float32[2], got I32[2]");
    await loadModel(model, fileOf({ ...file(), bias: ints }), {
      transform: (tensor) => tf.cast(tensor, "float32"),
    });
  });

  test("a key of another implementation is told from ours", async () => {
    const own = { version: 1, layout: "nnx", keyImpls: { rbg: ["default.key"] } };
    const key = { dtype: "I32" as const, shape: [2], data: new Int32Array(2) };
    const count = { dtype: "I32" as const, shape: [], data: new Int32Array(1) };
    const bytes = fileOf({ "default.key": key, "default.count": count }, { "nnx-js": JSON.stringify(own) });
    expect((await failure(new Rngs(0), bytes)).message).toContain("default.key: expected a key of threefry2x32, got one of rbg"); // prettier-ignore
  });

  test("what stands under our key in the metadata may be anything in a hostile file", async () => {
    for (const text of [
      "",
      "[]",
      "null",
      '{"version":"1"}',
      '{"version":1,"layout":"nnx","kinds":{"a":1}}',
      "{",
    ]) {
      const error = await failure(linear(), fileOf(file(), { "nnx-js": text }));
      expect(error).toBeInstanceOf(FileFormatError);
    }
    const error = await failure(linear(), fileOf(file(), { "nnx-js": '{"version":99,"layout":"nnx"}' }));
    expect(error.message).toContain("version 99");
  });

  test("a source that fails halfway changes nothing and leaves nothing", async () => {
    const model = net(0);
    const file = await readSafetensors(await saved(net(1)));
    for (const nth of [0, 3, file.names.length - 1]) {
      const error = await failure(model, failingAt(file, nth));
      expect(error.message).toBe("the disk is gone");
    }
    await file.close();
  });
});

describe("options", () => {
  test("only: the others stay, and the file may hold anything else", async () => {
    const [model, other] = [net(0), net(1)];
    const before = await valuesOf(other);
    const report = await loadModel(other, await saved({ ...state(model) && { model } }), { only: PathContains("lin1"), rename: (name) => name.replace("model.", "") }); // prettier-ignore
    expect(report.missing).toEqual([]);
    const after = await valuesOf(other);
    const wanted = await valuesOf(model);
    for (const [path, values] of Object.entries(after)) {
      expect(values, path).toEqual(path.includes("lin1") ? wanted[path] : before[path]);
    }
    await expect(loadModel(other, await saved(model), { only: OptState })).rejects.toThrow(
      "loadModel: expected `only` to select something, got a filter that selects none of 12 leaves (Param, BatchStat, RngCount, RngKey).", // prettier-ignore
    );
    await expect(loadModel(other, fileOf({ "bn.scale": floats(1, 2, 3, 4) }), { only: Param })).rejects.toThrow(CheckpointMismatchError); // prettier-ignore
  });

  test("only, saved: the file holds these alone", async () => {
    const bytes = await saved(net(), { only: BatchStat });
    expect(Object.keys(headerOf(bytes)).sort()).toEqual(["__metadata__", "bn.mean", "bn.var"]);
    await loadModel(net(1), bytes, { only: BatchStat });
  });

  test("rename: by a table or a function, both ways", async () => {
    const model = new Linear(2, 1, { rngs: new Rngs(0) });
    const bytes = await saved(model, { rename: { kernel: "w", bias: null } });
    expect(Object.keys(headerOf(bytes)).sort()).toEqual(["__metadata__", "w"]);
    const other = new Linear(2, 1, { rngs: new Rngs(1) });
    await loadModel(other, bytes, { rename: { w: "kernel" }, strict: false });
    expect(await other.kernel.value.data()).toEqual(await model.kernel.value.data());
    const both = await saved({ module: model });
    await loadModel(other, both, { rename: (name) => name.replace("module.", "") });
    const error = await failure(other, both, { rename: () => "kernel" });
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toMatchInlineSnapshot(
      `"loadModel: expected rename to give different names, got kernel for both module.bias and module.kernel. Leave one of them out: rename: { "module.kernel": null }."`,
    );
  });

  test("transform: what is read is changed before it is compared", async () => {
    const model = new Linear(3, 2, { rngs: new Rngs(0) });
    const bytes = fileOf({ kernel: { dtype: "F32", shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) }, bias: floats(1, 2) }); // prettier-ignore
    const seen: unknown[] = [];
    await loadModel(model, bytes, {
      transform(tensor, name, { shape, dtype }) {
        seen.push([name, shape, dtype]);
        return name === "kernel" ? tf.transpose(tensor) : tensor;
      },
    });
    expect(seen).toEqual([["kernel", [3, 2], "F32"], ["bias", [2], "F32"]]); // prettier-ignore
    expect(await model.kernel.value.data()).toEqual(new Float32Array([1, 4, 2, 5, 3, 6]));
    const error = await failure(model, bytes, { transform: (tensor: tf.Tensor) => tensor });
    expect(error.misshapen).toEqual(["kernel"]);
    expect((await failure(model, bytes, { transform: () => undefined })).message).toMatchInlineSnapshot(
      `"loadModel: expected a tensor from transform for kernel, got undefined. Answer what it is given where nothing changes: transform: (tensor, name) => (name === "…" ? tf.cast(tensor, "float32") : tensor)."`,
    );
    expect((await failure(model, bytes, { transform: () => { throw new RangeError("mine"); } })).message).toBe("mine"); // prettier-ignore
  });

  test("transform may answer a tensor that somebody holds, the present value too", async () => {
    const model = new Linear(2, 1, { rngs: new Rngs(0) });
    const bytes = await saved(new Linear(2, 1, { rngs: new Rngs(1) }));
    const held = tf.tensor2d([[5], [6]]);
    await loadModel(model, bytes, { transform: (tensor, name) => (name === "kernel" ? held : tensor) });
    expect(held.isDisposed).toBe(false);
    const transform = (tensor: tf.Tensor, name: string) => (name === "kernel" ? model.kernel.value : tensor);
    await loadModel(model, bytes, { transform });
    expect(await model.kernel.value.data()).toEqual(new Float32Array([5, 6]));
    await failure(model, bytes, { transform: () => model.kernel.value });
  });

  test("transform is a function", async () => {
    const model = new Linear(2, 1, { rngs: new Rngs(0) });
    const error = await failure(model, await saved(model), { transform: { kernel: tf.neg } });
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain("expected a function for transform, got object");
  });

  test("rename is a function or a table", async () => {
    const model = new Linear(2, 1, { rngs: new Rngs(0) });
    const bytes = await saved(model);
    const error = await failure(model, bytes, { rename: new Map([["kernel", "w"]]) });
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toBe(
      'loadModel: expected a function or an object of names for rename, got a Map. Write rename: { "old": "new" } or ' +
        'rename: (name) => name.replace("old", "new"); a Map becomes an object by Object.fromEntries(map).',
    );
    expect((await failure(model, bytes, { rename: null })).message).toContain("got null");
    expect((await failure(model, bytes, { rename: "kernel" })).message).toContain("got a string");
    expect((await failure(model, bytes, { rename: { kernel: "" } })).message).toContain(
      'Not in the model (1): "".',
    );
  });

  test("nothing is saved in a function that is traced", async () => {
    let saving: Promise<unknown> | undefined;
    evalShape(() => {
      const model = new Linear(2, 1, { rngs: new Rngs(0) });
      saving = saved(model).catch((reason: unknown) => reason);
      return model;
    });
    expect(String(await saving)).toContain(
      "saveModel: expected tensors with values, found a function that is traced",
    );
  });

  test("options that there are not, and layouts, are named", async () => {
    const model = new Linear(2, 1, { rngs: new Rngs(0) });
    const bytes = await saved(model);
    expect((await failure(model, bytes, { strictt: true })).message).toBe(
      "loadModel: unknown option strictt. Did you mean strict? There are: strict, only, rename, transform, layout.",
    );
    expect((await failure(model, bytes, { layout: "nxn" })).message).toContain("Did you mean nnx?");
    await expect(saveModel(model, "x", { metadata: { "nnx-js": "" } })).rejects.toThrow(InvalidArgumentError);
    await expect(saved(new Param(tf.scalar(1)))).rejects.toThrow("has no name");
    await expect(saved(new Plain())).rejects.toThrow("got Plain, in which nothing is seen");
    await expect(saved(null)).rejects.toThrow("saveModel: expected a Module"); // prettier-ignore
  });

  test("dtype: half of the bytes", async () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const bytes = await saved({ model, count: new Variable(tf.scalar(3, "int32")) }, { dtype: "BF16" });
    const { count, "model.kernel": kernel } = headerOf(bytes);
    expect([count!["dtype"], kernel!["dtype"]]).toEqual(["I32", "BF16"]);
  });
});

describe("abstract models", () => {
  const abstractNet = () => evalShape(() => net());

  test("are whole afterwards, streams too, without having been random first", async () => {
    const model = abstractNet();
    const trained = net(3);
    const before = tf.memory();
    await loadModel(model, await saved(trained));
    expect(iterVariables(model).filter(([, variable]) => variable.isAbstract)).toEqual([]);
    expect(await valuesOf(model)).toEqual(await valuesOf(trained));
    expect(tf.memory().numTensors - before.numTensors).toBe(iterVariables(model).length);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
  });

  test("a file without the streams of dropout: they need a seed first", async () => {
    const bytes = await saved(net(3), { only: Not(RngState), rename: (name) => name });
    const plain = fileOf(
      Object.fromEntries(
        iterVariables(net()).filter(([, { dtype }]) => dtype === "float32").map(([path, { shape, size }]) => [path.join("."), { dtype: "F32" as const, shape, data: new Float32Array(size) }]), // prettier-ignore
      ),
    );
    const model = abstractNet();
    const error: unknown = await loadModel(model, plain).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatchInlineSnapshot(`
      "loadModel: the file does not fit the model, Net. Nothing was changed.
      Still without a value (2): dropout.rngs.count, dropout.rngs.key.
      Random streams begin with a seed: reseed(model, { default: 0 }) before it is loaded. To leave them without one: { strict: false }."
    `);
    expect(iterVariables(model).every(([, variable]) => variable.isAbstract)).toBe(true);
    expect(await loadModel(model, plain, { strict: false })).toMatchObject({
      missing: ["dropout.rngs.count", "dropout.rngs.key"],
    });
    const other = abstractNet();
    reseed(other, { default: 0 });
    await loadModel(other, plain);
    expect(await other.dropout.rngs!.key.value.data()).toEqual(await net(0).dropout.rngs!.key.value.data());
    const third = abstractNet();
    reseed(third, { default: 0 });
    await loadModel(third, bytes, { only: Not(RngState) });
    // A model that has values needs none of what a run makes anew.
    await loadModel(net(), plain);
  });

  test("the seeds that are asked for are those of the model's streams", async () => {
    const model = evalShape(() => new Dropout(0.5, { rngs: new Rngs({ params: 0, dropout: 1 }), rngCollection: "dropout" })); // prettier-ignore
    const pair = { model, other: evalShape(() => new Dropout(0.5, { rngs: new Rngs({ "my noise": 0 }), rngCollection: "my noise" })) }; // prettier-ignore
    const error: unknown = await loadModel(pair, fileOf({})).catch((reason: unknown) => reason);
    expect((error as Error).message).toContain('reseed(model, { dropout: 0, "my noise": 1 })');
    reseed(pair, { dropout: 0, "my noise": 1 });
  });

  test("an error leaves them abstract", async () => {
    const model = abstractNet();
    await expect(loadModel(model, failingAt(await readSafetensors(await saved(net())), 5))).rejects.toThrow(
      "the disk is gone",
    );
    expect(iterVariables(model).every(([, variable]) => variable.isAbstract)).toBe(true);
    await expect(saved(model)).rejects.toThrow("12 leaves of evalShape that have none yet: bn.bias");
  });

  test("tensors that are plain attributes come back as tensors", async () => {
    const make = () => ({ model: new Linear(2, 1, { rngs: new Rngs(0) }), step: tf.scalar(4, "int32"), list: [tf.ones([2]), "text"] }); // prettier-ignore
    const bytes = await saved(make());
    const node = evalShape(make);
    await loadModel(node, bytes);
    expect(node.step).toBeInstanceOf(tf.Tensor);
    expect(await valuesOf(node)).toEqual(await valuesOf(make()));
  });

  test("an optimiser too", async () => {
    const make = (seed: number) => {
      const model = new Net({ rngs: new Rngs(seed) });
      return { model, optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }) };
    };
    const one = make(1);
    const node = evalShape(() => make(0));
    await loadModel(node, await saved(one));
    expect(await valuesOf(node)).toEqual(await valuesOf(one));
  });
});

describe("snapshots", () => {
  test("the values are those of the call, whatever is written meanwhile", async () => {
    const model = net(0);
    const before = await valuesOf(model);
    const saving = saved(model);
    clear(model);
    const bytes = await saving;
    const other = net(1);
    await loadModel(other, bytes);
    expect(await valuesOf(other)).toEqual(before);
  });

  test("a call inside tf.tidy is as good as outside, and a target that fails leaves no tensor", async () => {
    const model = net(0);
    const tensors = tf.memory().numTensors;
    let saving: Promise<Uint8Array> | undefined;
    tf.tidy(() => void (saving = saved(model)));
    const other = evalShape(() => net(1));
    await loadModel(other, await saving!);
    expect(await valuesOf(other)).toEqual(await valuesOf(model));
    other.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    const broken = { label: "broken", write: () => Promise.reject(new Error("full")), close: async () => {}, abort: async () => {} }; // prettier-ignore
    await expect(saveModel(model, broken)).rejects.toThrow("full");
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test("a disposed Variable is named", async () => {
    const model = net(0);
    model.lin1.bias!.dispose();
    const tensors = tf.memory().numTensors;
    await expect(saved(model)).rejects.toThrow(/^lin1\.bias \(Param\): The value was disposed of/);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

test("a write that fails takes the others back", async () => {
  const make = (value: number) => ({
    a: new Param(tf.scalar(value)),
    b: tf.scalar(value),
    c: Object.freeze({ table: tf.scalar(value) }),
    d: evalShape(() => new Param(tf.scalar(0))),
  });
  const node = make(1);
  const bytes = await saved({ ...make(2), d: new Param(tf.scalar(2)) });
  const tensors = tf.memory().numTensors;
  await expect(loadModel(node, bytes)).rejects.toThrow(
    "expected a place for the tensor c.table, got a frozen object",
  );
  expect(tf.memory().numTensors).toBe(tensors);
  expect((await Promise.all([node.a.value, node.b, node.c.table].map((t) => t.data()))).map(([v]) => v)).toEqual([1, 1, 1]); // prettier-ignore
  expect(node.d.isAbstract).toBe(true);
});

test("frozen Variables are loaded, and stay frozen", async () => {
  const model = new Sequential(new Linear(2, 1, { rngs: new Rngs(0) }));
  model.layers[0].kernel.setMetadata({ frozen: true });
  const other = clone(model);
  clear(other);
  await loadModel(other, await saved(model));
  expect(await valuesOf(other)).toEqual(await valuesOf(model));
  expect(other.layers[0].kernel.isFrozen).toBe(true);
});
