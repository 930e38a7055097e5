import { loadModel, readSafetensors } from "@nnx-js/checkpoint";
import {
  BatchNorm,
  Dropout,
  evalShape,
  GRUCell,
  Linear,
  Module,
  OptimizedLSTMCell,
  RNN,
  Rngs,
  SimpleCell,
  SpectralNorm,
  variables,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { fileOf, saved } from "../model/in-memory.ts";

const R = () => ({ rngs: new Rngs(0) });
const flax = { layout: "flax" } as const;

/** A file with other numbers in each tensor. */
function file(shapes: Readonly<Record<string, readonly number[]>>): Uint8Array {
  return fileOf(
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => {
        const length = tf.util.sizeFromShape([...shape]);
        return [name, { dtype: "F32", shape, data: Float32Array.from({ length }, (_, j) => i * 1000 + j) }];
      }),
    ),
  );
}

class Model extends Module {
  readonly inputProj = new Linear(2, 3, R());
  readonly batchNorm = new BatchNorm(3, R());
  readonly layers = [new Linear(3, 1, { ...R(), useBias: false })];
}

const PARAMS = {
  "input_proj.kernel": [2, 3],
  "input_proj.bias": [3],
  "batch_norm.scale": [3],
  "batch_norm.bias": [3],
  "layers.0.kernel": [3, 1],
};
const STATS = { "batch_norm.mean": [3], "batch_norm.var": [3] };

const renamed = (names: Readonly<Record<string, readonly number[]>>, rename: (name: string) => string) =>
  Object.fromEntries(Object.entries(names).map(([name, shape]) => [rename(name), shape]));

describe("names", () => {
  test("are those of the attributes in snake_case", async () => {
    const { names, metadata } = await readSafetensors(await saved(new Model(), flax));
    expect([...names].sort()).toEqual(Object.keys({ ...PARAMS, ...STATS }).sort());
    expect(metadata["format"]).toBe("flax");
  });

  test.each<[string, (name: string) => string]>([
    ["dots", (name) => name],
    ["slashes", (name) => name.replaceAll(".", "/")],
    ["a box at the end", (name) => `${name}.value`],
    ["lists as Linen names them", (name) => name.replace("layers.0", "layers_0")],
    ["camelCase", (name) => name.replace("input_proj", "inputProj")],
  ])("are read with %s", async (_, rename) => {
    const model = new Model();
    await loadModel(model, file(renamed({ ...PARAMS, ...STATS }, rename)), flax);
    expect((await model.layers[0]!.kernel.value.data())[0]).toBe(4000);
    expect((await model.batchNorm.var.value.data())[0]).toBe(6000);
  });

  test("of Linen begin with a collection", async () => {
    const linen = {
      ...renamed(PARAMS, (name) => `params/${name.replaceAll(".", "/")}`),
      ...renamed(STATS, (name) => `batch_stats/${name.replaceAll(".", "/")}`),
    };
    const model = new Model();
    await loadModel(model, file(linen), flax);
    expect((await model.batchNorm.mean.value.data())[0]).toBe(5000);
  });

  test("of an attribute called as a collection are its own", async () => {
    const model = { params: new Linear(2, 1, { ...R(), useBias: false }) };
    await loadModel(model, file({ "params.kernel": [2, 1] }), flax);
    expect([...(await model.params.kernel.value.data())]).toEqual([0, 1]);
  });

  test("of tuples are found as Python prints them", async () => {
    const model = { norm: new SpectralNorm(new Linear(2, 3, R()), R()) };
    await loadModel(
      model,
      file({
        "norm.layer_instance.kernel": [2, 3],
        "norm.layer_instance.bias": [3],
        "norm.batch_stats.('kernel', 'u')": [1, 3],
        "norm.batch_stats.('kernel', 'sigma')": [],
      }),
      flax,
    );
    const u = variables(model).leaf("norm", "batchStats", "kernel", "u");
    await expect(u.value).toBeAllClose([2000, 2001, 2002]);
  });

  test("that are missing are told in Flax's spelling", async () => {
    const { "input_proj.kernel": _, ...rest } = { ...PARAMS, ...STATS };
    await expect(loadModel(new Model(), file(rest), flax)).rejects.toThrow(
      /Missing in the file \(1\): input_proj\.kernel/,
    );
  });
});

describe("random streams", () => {
  const key = Uint32Array.of(0xdeadbeef, 7);
  const bytes = fileOf({
    "drop.rngs.key": { dtype: "U32", shape: [2], data: key },
    "drop.rngs.count": { dtype: "U32", shape: [], data: Uint32Array.of(5) },
    "linear.kernel": { dtype: "F32", shape: [1, 1], data: Float32Array.of(2) },
  });
  const make = () => ({ drop: new Dropout(0.5, R()), linear: new Linear(1, 1, { ...R(), useBias: false }) });

  test("take the words of the file, where it has them", async () => {
    const model = evalShape(make);
    await loadModel(model, bytes, flax);
    expect([...(await model.drop.rngs!.key.value.data())]).toEqual([0xdeadbeef | 0, 7]);
    expect([...(await model.drop.rngs!.count.value.data())]).toEqual([5]);
  });

  test("stay as they are where it has none, and are not written", async () => {
    const model = make();
    const before = [...(await model.drop.rngs!.key.value.data())];
    await loadModel(model, file({ "linear.kernel": [1, 1] }), flax);
    expect([...(await model.drop.rngs!.key.value.data())]).toEqual(before);
    expect((await readSafetensors(await saved(model, flax))).names).toEqual(["linear.kernel"]);
  });
});

describe("cells of Linen", () => {
  const gru = {
    "ir/kernel": [3, 2], "iz/kernel": [3, 2], "in/kernel": [3, 2],
    "ir/bias": [2], "iz/bias": [2], "in/bias": [2],
    "hr/kernel": [2, 2], "hz/kernel": [2, 2], "hn/kernel": [2, 2],
    "hn/bias": [2],
  }; // prettier-ignore

  test("put gates side by side", async () => {
    const cell = new GRUCell(3, 2, { ...R(), useRecurrentBias: true });
    await loadModel(cell, file(gru), flax);
    await expect(cell.denseI.bias!.value).toBeAllClose([3000, 3001, 4000, 4001, 5000, 5001]);
    await expect(cell.denseH.bias!.value).toBeAllClose([0, 0, 0, 0, 9000, 9001]);
    await expect(tf.slice(cell.denseI.kernel.value, 0, 1)).toBeAllClose([0, 1, 1000, 1001, 2000, 2001]);
  });

  test("a bias in the new gate is refused by a GRUCell without, and zeros are not", async () => {
    const cell = new GRUCell(3, 2, R());
    await expect(loadModel(cell, file(gru), flax)).rejects.toThrow(/useRecurrentBias: true/);
    await loadModel(cell, file({ ...gru, "hn/bias": [2] }), {
      ...flax,
      transform: (tensor, name) => (name === "hn/bias" ? tf.zerosLike(tensor) : tensor),
    });
    await expect(cell.denseI.bias!.value).toBeAllClose([3000, 3001, 4000, 4001, 5000, 5001]);
  });

  test("stand where a compact module had the layer", async () => {
    const model = { rnn: new RNN(new SimpleCell(2, 1, R())) };
    await loadModel(model, file({ "rnn/i/kernel": [2, 1], "rnn/i/bias": [1], "rnn/h/kernel": [1, 1] }), flax);
    await expect(model.rnn.cell.denseH.kernel.value).toBeAllClose([2000]);
  });

  test("an NNX cell has its gates side by side already", async () => {
    const cell = new OptimizedLSTMCell(2, 1, R());
    await loadModel(
      cell,
      file({ "dense_i.kernel": [2, 4], "dense_h.kernel": [1, 4], "dense_h.bias": [4] }),
      flax,
    );
    await expect(cell.denseI.kernel.value).toBeAllClose([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
