import { CheckpointMismatchError, loadModel, saveModel } from "@nnx-js/checkpoint";
import {
  BatchStat,
  evalShape,
  InvalidArgumentError,
  Linear,
  state,
  OptState,
  Param,
  PathContains,
  Rngs,
  Variable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileOf, headerOf, saved, valuesOf } from "./in-memory.ts";
import { failure, floats, net, Plain } from "./net.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

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
