import { loadModel, readSafetensors } from "@nnx-js/checkpoint";
import { Dropout, evalShape, iterVariables, Linear, Not, Param, reseed, Rngs, RngState } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failingAt, fileOf, saved, valuesOf } from "./in-memory.ts";
import { net, Net } from "./net.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

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
