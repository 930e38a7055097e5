/** @file The layout of Keras: how layers are found, what is reported, what is refused, what is written. */
import { readFileSync } from "node:fs";
import {
  CheckpointMismatchError,
  FileFormatError,
  loadModel,
  readKeras,
  readLayersModel,
  readSafetensors,
  saveModel,
  memoryTarget,
  writeSafetensors,
} from "@nnx-js/checkpoint";
import {
  BatchNorm,
  Bidirectional,
  clone,
  Conv,
  ConvTranspose,
  Dropout,
  evalShape,
  GRUCell,
  hardSigmoid,
  Linear,
  LSTMCell,
  Module,
  MultiHeadAttention,
  OptimizedLSTMCell,
  Param,
  PReLU,
  RNN,
  Rngs,
  Sequential,
  SimpleCell,
  state,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { Encoder } from "./keras-models.ts";

let rngs: Rngs;
beforeAll(() => {
  rngs = new Rngs(0);
});
const golden = (name: string) => new URL(`../golden/${name}`, import.meta.url);
const keras = { layout: "keras" } as const;

/** A file with these tensors, `[1]` of the number of each unless shaped otherwise. */
async function fileOf(shapes: Record<string, number[]>, metadata: Record<string, string> = {}) {
  const tensors = Object.entries(shapes).map(([name, shape], i) => [name, tf.fill(shape, i + 1)] as const);
  return readSafetensors(await writeSafetensors(Object.fromEntries(tensors), { metadata }));
}

const dense = (name: string, inputs: number, units: number, suffix = "") => ({
  [`${name}/kernel${suffix}`]: [inputs, units],
  [`${name}/bias${suffix}`]: [units],
});

class Net extends Module {
  readonly second: Linear;
  readonly first: Linear;

  constructor() {
    super();
    this.second = new Linear(2, 2, { rngs });
    this.first = new Linear(2, 2, { rngs });
  }
}

const firsts = (net: Net) => [net.first, net.second].map(({ kernel }) => kernel.value.dataSync()[0]);

describe("layers are found", () => {
  test.each([
    ["by the names of attributes", "first", "second", [1, 3]],
    ["by names of Keras 2", "net/first", "net/second", [1, 3]],
    ["with other spelling", "First", "sec_ond", [1, 3]],
    ["by the numbers of their names where one is unknown", "second", "second_1", [3, 1]],
    ["by the numbers of their names, not as texts", "dense_2", "dense_10", [3, 1]],
  ])("%s", async (title, one, two, expected) => {
    const net = new Net();
    const suffix = title.includes("Keras 2") ? ":0" : "";
    const names = title.includes("Keras 2") ? [`${one.slice(4)}/${one.slice(4)}`, `${two.slice(4)}/${two.slice(4)}`] : [one, two]; // prettier-ignore
    const file = await fileOf({ ...dense(names[0]!, 2, 2, suffix), ...dense(names[1]!, 2, 2, suffix) });
    await loadModel(net, file, keras);
    expect(firsts(net)).toEqual(expected);
  });

  test("by order of the topology, not of the file", async () => {
    const layer = (name: string) => ({ class_name: "Dense", config: { name } });
    const modelTopology = JSON.stringify({ class_name: "Sequential", config: [layer("b"), layer("a")] });
    const net = new Net();
    await loadModel(
      net,
      await fileOf({ ...dense("a", 2, 2), ...dense("b", 2, 2) }, { modelTopology }),
      keras,
    );
    expect(firsts(net)).toEqual([1, 3]);
  });

  test("by the names that rename gives", async () => {
    const net = new Net();
    const rename = (name: string) => name.replace("x_", "first").replace("y_", "second");
    await loadModel(net, await fileOf({ ...dense("x_", 2, 2), ...dense("y_", 2, 2) }), { ...keras, rename });
    expect(firsts(net)).toEqual([1, 3]);
  });

  test("weights of a class of one's own by their names", async () => {
    class Positions extends Module {
      readonly table = new Param(tf.zeros([3, 2]));
    }
    const model = {
      positions: new Positions(),
      dense: new Linear(2, 2, { rngs }),
      drop: new Dropout(0.5, { rngs }),
    };
    await loadModel(model, await fileOf({ "positions/table": [3, 2], ...dense("dense", 2, 2) }), keras);
    expect(model.positions.table.value.dataSync()[0]).toBe(1);
  });

  test("of a list, by their indices", async () => {
    const block = () => ({ lin: new Linear(2, 2, { rngs }), scale: new Param(tf.zeros([2])) });
    const model = { blocks: [block(), block()] };
    const shapes = ["block", "block_1"].flatMap((name) => [
      [`blocks/${name}/lin/vars/0`, [2, 2]],
      [`blocks/${name}/lin/vars/1`, [2]],
      [`blocks/${name}/vars/0`, [2]],
    ]);
    await loadModel(model, await fileOf(Object.fromEntries(shapes) as Record<string, number[]>), keras);
    const values = model.blocks.flatMap(({ lin, scale }) => [lin.kernel, lin.bias!, scale]);
    expect(values.map(({ value }) => value.dataSync()[0])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("into a model without values", async () => {
    const net = evalShape(() => new Net());
    await loadModel(net, await fileOf({ ...dense("first", 2, 2), ...dense("second", 2, 2) }), keras);
    expect(firsts(net)).toEqual([1, 3]);
  });

  test("weights of optimizers and random generators are left", async () => {
    const others = {
      "optimizer/vars/0": [],
      "layers/dropout/seed_generator/vars/0": [2],
      ...dense("dense", 2, 2),
    };
    expect((await loadModel(new Linear(2, 2, { rngs }), await fileOf(others), keras)).unexpected).toEqual([]);
    const trained = await readLayersModel(golden("tfjs/classifier/model.json"));
    const ofOptimizer = trained.names.filter((name) => trained.info(name).owner === "optimizer");
    expect(ofOptimizer).toContain("last/kernel/m");
    await trained.close();
  });
});

describe("what does not fit is said", () => {
  test("other numbers of layers", async () => {
    const file = await fileOf({
      ...dense("dense", 2, 2),
      ...dense("dense_1", 2, 2),
      ...dense("dense_2", 2, 2),
    });
    const error = await loadModel(new Net(), file, keras).catch((caught: unknown) => caught as Error);
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    expect((error as Error).message).toMatch(
      /Of dense the model has 2 \(second, first\), the file 3 \(dense, dense_1, dense_2\)/,
    );
  });

  test("another shape, found by order", async () => {
    const file = await fileOf({ ...dense("a_1", 2, 2), ...dense("a_2", 2, 3) });
    await expect(loadModel(new Net(), file, keras)).rejects.toThrow(
      /a_2\/kernel: expected float32\[2, 2\], got F32\[2, 3\]/,
    );
  });

  test("the order of layers in different places of a file of weights alone", async () => {
    const encoder = new Encoder(rngs);
    await expect(loadModel(encoder, golden("keras/encoder.weights.h5"), keras)).rejects.toThrow(
      /In which order its layers of dense come, 5 \(.*\), this file of weights does not tell; a .keras file does/,
    );
  });

  test("a GRU whose reset gate comes before the product, of both libraries", async () => {
    const gru = () => new RNN(new GRUCell(2, 3, { rngs }));
    for (const name of ["tfjs/gru/model.json", "keras/gru_before_product.keras"]) {
      const model = gru();
      const before = state(clone(model));
      await expect(loadModel(model, golden(name), keras)).rejects.toThrow(/reset_after: false/);
      for (const [path, leaf] of state(model, Param)) {
        expect(await leaf.value.data()).toEqual(await before.leaf<Param>(...path).value.data());
      }
    }
  });

  test("a recurrent bias that a GRUCell has no place for", async () => {
    const model = new RNN(new GRUCell(2, 3, { rngs }));
    await expect(loadModel(model, golden("keras/gru.keras"), keras)).rejects.toThrow(
      /useRecurrentBias: true/,
    );
  });

  test("PReLU with a slope for each feature", async () => {
    await expect(loadModel(new PReLU(), await fileOf({ "p_re_lu/alpha": [4] }), keras)).rejects.toThrow(
      /p_re_lu\/alpha: expected float32\[1\], got F32\[4\]/,
    );
  });
});

describe("settings that a file tells otherwise", () => {
  test("epsilon and momentum of BatchNorm", async () => {
    const model = { norm: new BatchNorm(3, { momentum: 0.9, rngs }) };
    const { settings } = await loadModel(model, golden("tfjs/batch_normalization/model.json"), keras);
    expect(settings).toEqual([
      { path: ["norm"], setting: "epsilon", model: 1e-5, file: 1e-3 },
      { path: ["norm"], setting: "momentum", model: 0.9, file: 0.99 },
    ]);
    expect(model.norm.epsilon).toBe(1e-5);
  });

  test("padding and strides of convolutions", async () => {
    const conv = new Conv(2, 3, [3, 2], { padding: "VALID", rngs });
    const { settings } = await loadModel(conv, golden("tfjs/conv2d/model.json"), keras);
    expect(settings).toEqual([
      { path: [], setting: "padding", model: "VALID", file: "SAME" },
      { path: [], setting: "strides", model: [1, 1], file: [2, 2] },
    ]);
  });

  test("the function of gates", async () => {
    const model = new RNN(new OptimizedLSTMCell(2, 3, { gateFn: hardSigmoid, rngs }));
    const { settings } = await loadModel(model, golden("tfjs/lstm/model.json"), keras);
    expect(settings).toEqual([{ path: ["cell"], setting: "gateFn", model: "hardSigmoid", file: "sigmoid" }]);
  });
});

describe("what is written is read again", () => {
  class Everything extends Module {
    readonly conv = new Conv(2, 4, [3, 3], { featureGroupCount: 2, rngs });
    readonly up = new ConvTranspose(2, 3, [2, 3], { rngs });
    readonly norm = new BatchNorm(3, { rngs });
    readonly lstm = new RNN(new LSTMCell(2, 3, { rngs }));
    readonly both = new Bidirectional(
      new RNN(new SimpleCell(2, 3, { rngs })),
      new RNN(new OptimizedLSTMCell(2, 3, { rngs })),
    );
    readonly gru = new RNN(new GRUCell(2, 3, { rngs }));
    readonly full = new RNN(new GRUCell(2, 3, { useRecurrentBias: true, rngs }));
    readonly attention = new MultiHeadAttention(2, 4, 4, { rngs });
    readonly slope = new PReLU();
    readonly head = new Sequential(new Linear(2, 2, { rngs }), new Dropout(0.5, { rngs }));
  }

  test("with the names of Keras", async () => {
    const model = new Everything();
    const target = memoryTarget();
    await saveModel(model, target, keras);
    const file = await readSafetensors(target.bytes());
    expect([...file.names].sort()).toMatchInlineSnapshot(`
      [
        "attention/attention_output/bias",
        "attention/attention_output/kernel",
        "attention/key/bias",
        "attention/key/kernel",
        "attention/query/bias",
        "attention/query/kernel",
        "attention/value/bias",
        "attention/value/kernel",
        "both/backward_lstm/bias",
        "both/backward_lstm/kernel",
        "both/backward_lstm/recurrent_kernel",
        "both/forward_simple_rnn/bias",
        "both/forward_simple_rnn/kernel",
        "both/forward_simple_rnn/recurrent_kernel",
        "conv/bias",
        "conv/depthwise_kernel",
        "full/bias",
        "full/kernel",
        "full/recurrent_kernel",
        "gru/bias",
        "gru/kernel",
        "gru/recurrent_kernel",
        "head/layers/0/bias",
        "head/layers/0/kernel",
        "lstm/bias",
        "lstm/kernel",
        "lstm/recurrent_kernel",
        "norm/beta",
        "norm/gamma",
        "norm/moving_mean",
        "norm/moving_variance",
        "slope/alpha",
        "up/bias",
        "up/kernel",
      ]
    `);
    const other = new Everything();
    expect(await loadModel(other, file, keras)).toEqual({ missing: [], unexpected: [], settings: [] });
    for (const [path, leaf] of state(model, Param)) {
      expect(
        await state(other)
          .leaf<Param>(...path)
          .value.data(),
      ).toEqual(await leaf.value.data());
    }
  });
});

describe("files of Keras", () => {
  const bytes = (name: string) => new Uint8Array(readFileSync(golden(`keras/${name}`)));

  test("names, shapes, texts", async () => {
    const before = tf.memory().numTensors;
    const file = await readKeras(bytes("encoder_keras_2.h5"));
    expect(file.names.slice(0, 2)).toEqual(["embed/embed/bias:0", "embed/embed/kernel:0"]);
    expect(file.info("gru/gru/gru_cell/bias:0")).toEqual({ dtype: "F32", shape: [2, 9], byteLength: 72 });
    expect(JSON.parse(file.metadata["model_config"]!)).toMatchObject({ class_name: "Functional" });
    await file.close();
    await expect(file.tensor("embed/embed/kernel:0")).rejects.toThrow(/is closed/);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(["dense.keras", "stack.weights.h5"])("%s cut anywhere: an error of ours", async (name) => {
    const whole = bytes(name);
    for (let length = 0; length < whole.length; length += 997) {
      const error = await readKeras(whole.slice(0, length)).catch((caught: unknown) => caught);
      expect((error as Error).constructor.name).toBe("FileFormatError");
    }
  });

  test("any byte changed: a file, or an error of ours", async () => {
    const whole = bytes("dense.keras");
    const readAll = async (changed: Uint8Array) => {
      const file = await readKeras(changed);
      for (const name of file.names) (await file.tensor(name)).dispose();
      await file.close();
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        const error = await readAll(changed).catch((caught: unknown) => caught);
        expect(error === undefined || error instanceof FileFormatError).toBe(true);
      }),
    );
  });

  test.each([
    ["h5wasm", "stack.weights.h5", /an HDF5 file, is read by the package h5wasm.*npm install h5wasm/],
    ["fflate", "dense.keras", /a .keras file, is read by the package fflate.*npm install fflate/],
  ])("without %s: what to install", async (name, file, message) => {
    vi.doMock(name, () => {
      throw new Error("not installed");
    });
    try {
      await expect(readKeras(bytes(file))).rejects.toThrow(message);
    } finally {
      vi.doUnmock(name);
    }
  });
});
