import { CheckpointMismatchError, FileFormatError, loadModel, readSafetensors } from "@nnx-js/checkpoint";
import { iterVariables, Linear, Param, Rngs } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failingAt, fileOf, saved } from "./in-memory.ts";
import { failure, floats, net } from "./net.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

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
