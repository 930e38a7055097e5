/** @file Models of several layers, with a batch of any size: what they give, and by which operators. */
import {
  BatchNorm,
  Conv,
  Dropout,
  Embed,
  gelu,
  LayerNorm,
  Linear,
  maxPool,
  Module,
  MultiHeadAttention,
  relu,
  Rngs,
  Variable,
} from "@nnx-js/nn";
import { ExportArgumentError, exportOnnx, type ExportOnnxOptions } from "@nnx-js/export";
import { wave } from "@nnx-js/testing";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectSame } from "./support/check.ts";
import { testChecker } from "./support/checker.ts";
import { read } from "./support/read.ts";

class Mlp extends Module {
  static override readonly name: string = "Mlp";
  readonly first: Linear;
  readonly dropout: Dropout;
  readonly second: Linear;
  constructor(rngs: Rngs) {
    super();
    this.first = new Linear(6, 8, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
    this.second = new Linear(8, 3, { rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.second.forward(this.dropout.forward(relu(this.first.forward(x))));
  }
}

class Cnn extends Module {
  static override readonly name: string = "Cnn";
  readonly first: Conv;
  readonly norm: BatchNorm;
  readonly second: Conv;
  readonly head: Linear;
  constructor(rngs: Rngs) {
    super();
    this.first = new Conv(2, 4, [3, 3], { rngs });
    this.norm = new BatchNorm(4, { rngs });
    this.second = new Conv(4, 4, [3, 3], { rngs });
    this.head = new Linear(4 * 16, 3, { rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    const hidden = relu(this.norm.forward(this.first.forward(x)));
    const deep = tf.add(hidden, relu(this.second.forward(hidden)));
    const pooled = maxPool(deep, [2, 2], { strides: [2, 2] });
    return this.head.forward(tf.reshape(pooled, [x.shape[0], -1]));
  }
}

class Encoder extends Module {
  static override readonly name: string = "Encoder";
  readonly embed: Embed;
  readonly norm: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly up: Linear;
  readonly down: Linear;
  constructor(rngs: Rngs) {
    super();
    this.embed = new Embed(11, 8, { rngs });
    this.norm = new LayerNorm(8, { rngs });
    this.attention = new MultiHeadAttention(2, 8, { rngs, decode: false });
    this.up = new Linear(8, 16, { rngs });
    this.down = new Linear(16, 8, { rngs });
  }
  forward(tokens: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const x = this.embed.forward(tokens);
    const seen = tf.reshape(tf.cast(mask, "bool"), [mask.shape[0], 1, 1, mask.shape[1]!]);
    const attended = tf.add(x, this.attention.forward(this.norm.forward(x), { mask: seen }));
    const out = tf.add(attended, this.down.forward(gelu(this.up.forward(attended))));
    const weights = tf.cast(tf.expandDims(mask, -1), "float32");
    return tf.div(tf.sum(tf.mul(out, weights), 1), tf.sum(weights, 1));
  }
}

const EVALUATION = { deterministic: true } as const;

test("an MLP: two Gemms, weights under the paths of their state", async () => {
  const model = view(new Mlp(new Rngs(0)), EVALUATION);
  const bytes = await expectSame((x: tf.Tensor) => model.forward(x), [wave([4, 6])], {
    dynamicBatch: true,
    others: [[wave([1, 6])], [wave([7, 6])]],
    closure: { model },
  });
  const { operators, initializers, inputs, outputs } = read(bytes);
  expect(operators).toEqual(["Gemm", "Relu", "Gemm"]);
  expect(initializers).toEqual([
    "model.first.kernel",
    "model.first.bias",
    "model.second.kernel",
    "model.second.bias",
  ]);
  expect(inputs).toEqual(["x: float32[batch, 6]"]);
  expect(outputs).toEqual(["output: float32[batch, 3]"]);
});

test("normalisation after a product is part of it", async () => {
  const rngs = new Rngs(0);
  const layers = [
    new Linear(6, 8, { rngs }),
    new BatchNorm(8, { rngs }),
    new Linear(8, 3, { useBias: false, rngs }),
  ] as const;
  layers[1].mean.value = wave([8]);
  layers[1].var.value = tf.add(tf.abs(wave([8])), 0.5);
  const norm = view(layers[1], { useRunningAverage: true });
  const again = view(new BatchNorm(3, { rngs }), { useRunningAverage: true });
  const bytes = await expectSame(
    (x: tf.Tensor) => again.forward(layers[2].forward(relu(norm.forward(layers[0].forward(x))))),
    [wave([4, 6])],
    { dynamicBatch: true, others: [[wave([1, 6])]] },
  );
  expect(read(bytes).operators).toEqual(["Gemm", "Relu", "Gemm"]);
});

test("a CNN: one transposition before the convolutions, and one behind", async () => {
  const model = view(new Cnn(new Rngs(0)), { useRunningAverage: true });
  const bytes = await expectSame((x: tf.Tensor) => model.forward(x), [wave([2, 8, 8, 2])], {
    dynamicBatch: true,
    others: [[wave([1, 8, 8, 2])], [wave([5, 8, 8, 2])]],
    closure: { model },
  });
  expect(read(bytes).operators).toEqual([
    "Transpose",
    "Conv",
    "BatchNormalization",
    "Relu",
    "Conv",
    "Relu",
    "Add",
    "MaxPool",
    "Transpose",
    "Reshape",
    "Gemm",
  ]);
});

test("an encoder with a mask: LayerNormalization and Gelu", async () => {
  const model = new Encoder(new Rngs(0));
  const tokens = (shape: [number, number]) => tf.cast(tf.floor(tf.mul(tf.abs(wave(shape)), 10)), "int32");
  const mask = (shape: [number, number]) => tf.cast(tf.greater(wave(shape, 1, 0.3), -0.5), "int32");
  const bytes = await expectSame(
    (tokens: tf.Tensor, mask: tf.Tensor) => model.forward(tokens, mask),
    [tokens([2, 5]), mask([2, 5])],
    {
      dynamicBatch: true,
      others: [
        [tokens([1, 5]), mask([1, 5])],
        [tokens([3, 5]), mask([3, 5])],
      ],
    },
  );
  const { operators } = read(bytes);
  expect(operators).toContain("LayerNormalization");
  expect(operators).toContain("Gelu");
  expect(operators).not.toContain("Erf");
  expect(operators).not.toContain("Shape");
});

test("attention as one operator, where the version has it", async () => {
  const model = new MultiHeadAttention(2, 8, { rngs: new Rngs(0), decode: false });
  const bytes = await expectSame((x: tf.Tensor) => model.forward(x), [wave([2, 5, 8])], {
    opset: 23,
    attention: "operator",
    dynamicBatch: true,
    others: [[wave([1, 5, 8])]],
  });
  expect(read(bytes).operators).toContain("Attention");
});

test("a Module may stand for its method forward; inputs and outputs get other names", async () => {
  const model = view(new Mlp(new Rngs(0)), EVALUATION);
  const bytes = await exportOnnx(model, [wave([4, 6])], { names: { input: "pixels", output: "logits" } });
  const { initializers, inputs, outputs } = read(bytes);
  expect(initializers[0]).toBe("first.kernel");
  expect(inputs).toEqual(["pixels: float32[4, 6]"]);
  expect(outputs).toEqual(["logits: float32[4, 3]"]);
});

test("a Variable that is set is an input and an output", async () => {
  const count = new Variable(tf.tensor1d([1, 2]));
  const fn = (count: Variable, x: tf.Tensor) => {
    count.value = tf.add(count.value, x);
    return tf.sum(count.value);
  };
  const { inputs, outputs } = read(await exportOnnx(fn, [count, tf.zeros([2])]));
  expect(inputs).toEqual(["x: float32[2]", "count: float32[2]"]);
  expect(outputs).toEqual(["output: float32[]", "count.next: float32[2]"]);
  expect([...(await count.value.data())]).toEqual([1, 2]);
});

test("options are checked", async () => {
  const f = (a: tf.Tensor, b: tf.Tensor) => ({ sum: tf.add(a, b) });
  const given = (options: unknown) =>
    exportOnnx(f, [wave([2, 3]), wave([2, 3])], options as ExportOnnxOptions & { weights?: undefined });
  const wrong: [options: unknown, message: RegExp][] = [
    [[], /an object of options, found an array/],
    [{ dynamicbatch: true }, /found "dynamicbatch"/],
    [{ opset: 17 }, /from 18 to 24, found 17/],
    [{ dynamicBatch: {} }, /dynamicBatch: true, or axes.*found an object/],
    [{ dynamicBatch: 3 }, /dynamicBatch: true, or axes.*found 3/],
    [{ names: ["x"] }, /names: an object.*found an array/],
    [{ names: { a: "" } }, /names\.a: a text that is not empty, found ""/],
    [{ names: { a: 5 } }, /names\.a: a text that is not empty, found 5/],
    [{ names: { a: "b" } }, /a name of its own.*found "b" for a and b/],
    [{ names: { sum: "a" } }, /a name of its own.*found "a" for a and sum/],
    [{ metadata: { license: 5 } }, /metadata\.license: a text, found 5/],
    [{ closure: 5 }, /closure: an object.*found 5/],
    [{ name: "" }, /name: a text that is not empty, found ""/],
    [{ location: "w.bin" }, /weights: "external" where there is a location, found "inline"/],
    [{ weights: "external", location: "../w.bin" }, /a file beside the model.*found "\.\.\/w\.bin"/],
  ];
  for (const [options, message] of wrong) {
    await expect(given(options)).rejects.toThrow(ExportArgumentError);
    await expect(given(options)).rejects.toThrow(message);
  }
  const { inputs } = read(await given({ names: { a: "b", b: "a" } }));
  expect(inputs).toEqual(["b: float32[2, 3]", "a: float32[2, 3]"]);
});

test("a function without results, and a shape or a dtype that tensors have not, are errors", async () => {
  await expect(exportOnnx((x: tf.Tensor) => void x, [wave([2])])).rejects.toThrow(/that returns tensors/);
  const of = (shape: unknown, dtype: string) =>
    exportOnnx((x: tf.Tensor) => tf.relu(x), [{ shape, dtype } as unknown as tf.Tensor]);
  await expect(of([2, null], "float32")).rejects.toThrow(/integers from 0 on, found \[2,null\]/);
  await expect(of([2, 3], "float64")).rejects.toThrow(/float32, int32, bool, found "float64"/);
});

test("weights in a file of their own", async () => {
  const model = new Linear(32, 32, { rngs: new Rngs(0) });
  const { model: bytes, data, location } = await exportOnnx(model, [wave([1, 32])], { weights: "external" });
  expect(location).toBe("weights.bin");
  expect(bytes.length).toBeLessThan(1000);
  expect([...new Float32Array(data.buffer, 0, 32 * 32)]).toEqual([...(await model.kernel.value.data())]);
});

testChecker();
