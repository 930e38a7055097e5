import { loadModel, saveModel } from "@nnx-js/checkpoint";
import {
  Accuracy,
  Average,
  BatchStat,
  clone,
  evalShape,
  iterVariables,
  Linear,
  MultiMetric,
  Param,
  Rngs,
  Sequential,
  state,
  Variable,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clear, fileOf, headerOf, saved, valuesOf } from "./in-memory.ts";
import { net, Net } from "./net.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

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
