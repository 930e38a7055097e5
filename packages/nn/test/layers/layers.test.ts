import {
  BatchNorm,
  Dropout,
  DtypeError,
  Einsum,
  Embed,
  GroupNorm,
  InstanceNorm,
  InvalidArgumentError,
  LayerNorm,
  Linear,
  LinearGeneral,
  LoRA,
  LoRALinear,
  MissingArgumentError,
  Module,
  Param,
  relu,
  RMSNorm,
  Rngs,
  type RngStream,
  Sequential,
  ShapeMismatchError,
  SpectralNorm,
  WeightNorm,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });
const countOf = async ({ rngs }: { rngs: Rngs }, name = "default") =>
  (await rngs.stream(name).count.value.data())[0];

describe("how many keys a layer draws", () => {
  test.each<[string, number, (options: { rngs: Rngs }) => unknown]>([
    ["Linear", 2, (o) => new Linear(2, 3, o)],
    ["Linear without bias", 1, (o) => new Linear(2, 3, { ...o, useBias: false })],
    ["LinearGeneral", 2, (o) => new LinearGeneral(2, [3, 4], o)],
    ["LinearGeneral without bias", 1, (o) => new LinearGeneral(2, 3, { ...o, useBias: false })],
    ["Einsum", 2, (o) => new Einsum("ab,bc->ac", [2, 3], [3], o)],
    ["Einsum without bias", 1, (o) => new Einsum("ab,bc->ac", [2, 3], o)],
    ["Embed", 1, (o) => new Embed(5, 3, o)],
    ["LayerNorm", 2, (o) => new LayerNorm(2, o)],
    ["LayerNorm without bias", 1, (o) => new LayerNorm(2, { ...o, useBias: false })],
    ["RMSNorm", 1, (o) => new RMSNorm(2, o)],
    ["BatchNorm", 2, (o) => new BatchNorm(2, o)],
    ["BatchNorm without scale", 1, (o) => new BatchNorm(2, { ...o, useScale: false })],
    [
      "BatchNorm without scale and bias",
      0,
      (o) => new BatchNorm(2, { ...o, useScale: false, useBias: false }),
    ],
    ["GroupNorm", 2, (o) => new GroupNorm(32, o)],
    ["InstanceNorm", 2, (o) => new InstanceNorm(2, o)],
    ["LoRA", 2, (o) => new LoRA(2, 1, 3, o)],
    ["LoRALinear", 4, (o) => new LoRALinear(2, 3, { ...o, loraRank: 1 })],
    ["WeightNorm", 0, (o) => new WeightNorm(new Linear(2, 3, R()), o)],
    ["SpectralNorm", 1, (o) => new SpectralNorm(new Linear(2, 3, R()), o)],
    ["Dropout", 1, (o) => new Dropout(0.5, o)],
    ["Dropout of rate 0", 1, (o) => new Dropout(0, o)],
  ])("%s: %i", async (_, expected, make) => {
    const options = R();
    make(options);
    expect(await countOf(options)).toBe(expected);
  });

  test("parameters come from the stream params, dropout's from dropout", async () => {
    const options = { rngs: new Rngs({ params: 0, dropout: 1, default: 2 }) };
    const layers = [new Linear(2, 3, options), new BatchNorm(3, options), new Dropout(0.5, options)];
    expect(layers).toHaveLength(3);
    const counts = ["params", "dropout", "default"].map(async (name) => countOf(options, name));
    expect(await Promise.all(counts)).toEqual([4, 1, 0]);
  });
});

describe("a refused option", () => {
  test.each<[string, (o: { rngs: Rngs }) => unknown]>([
    ["LinearGeneral", (o) => new LinearGeneral([2, 3], 4, o)],
    ["Einsum", (o) => new Einsum("ab->a", [2, 3], o)],
    ["LayerNorm", (o) => new LayerNorm(2, { ...o, featureAxes: 0.5 })],
    ["RMSNorm", (o) => new RMSNorm(2, { ...o, reductionAxes: [1, 1] })],
    ["GroupNorm", (o) => new GroupNorm(4, o)],
    ["InstanceNorm", (o) => new InstanceNorm(4, { ...o, featureAxes: NaN })],
    ["LoRA", (o) => new LoRA(2, 0, 3, o)],
  ])("of %s draws no key and leaves no tensor", async (_, make) => {
    const options = R();
    const { numTensors } = tf.memory();
    expect(() => make(options)).toThrow(InvalidArgumentError);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await countOf(options)).toBe(0);
  });
});

describe("Linear", () => {
  test("an input of another width, rank 0 or dtype is an error that says what to do", () => {
    const layer = new Linear(16, 2, R());
    expect(() => layer.forward(tf.ones([2, 8]))).toThrow(ShapeMismatchError);
    expect(() => layer.forward(tf.scalar(1))).toThrow(
      /expected last axis 16 .* of shape \[\]\. Add the axis/,
    );
    const complex = tf.complex(tf.ones([1, 16]), tf.ones([1, 16]));
    expect(() => layer.forward(complex)).toThrow(DtypeError);
    expect(() => layer.forward(complex)).toThrow(
      "Linear: expected real numbers, got complex64 of shape [1, 16]. Convert them: tf.real(x) for complex64, ",
    );
  });

  test.each([0, -1, 1.5, NaN, Infinity, "3"])("%s features are an error", (size) => {
    expect(() => new Linear(size as number, 2, R())).toThrow(InvalidArgumentError);
    expect(() => new Linear(2, size as number, R())).toThrow(
      /^Linear: expected a positive integer for outFeatures/,
    );
  });

  test("an output and no more is left behind by a call", async () => {
    const [layer, x] = [new Linear(2, 2, R()), tf.ones([1, 2])];
    await expectNoLeak(() => tf.dispose(tf.tidy(() => layer.forward(x))));
    expect(x.isDisposed).toBe(false);
  });
});

describe("without rngs", () => {
  // Callers without types can leave them out.
  const none = {} as { rngs: Rngs };
  const nothing = undefined as unknown as { rngs: Rngs };
  test.each<[string, () => unknown]>([
    ["Linear", () => new Linear(2, 3, none)],
    ["Linear", () => new Linear(2, 3, nothing)],
    ["BatchNorm", () => new BatchNorm(2, none)],
    ["BatchNorm", () => new BatchNorm(2, nothing)],
    ["Linear", () => new Linear(2, 3, { rngs: 0 as unknown as Rngs })],
  ])("%s says what it needs", (name, make) => {
    const { numTensors } = tf.memory();
    expect(make).toThrow(MissingArgumentError);
    expect(make).toThrow(`${name}: needs random streams for its parameters. Write { rngs: new Rngs(0) }.`);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe("BatchNorm", () => {
  test("bad input is an error and moves no statistics", async () => {
    const bn = new BatchNorm(2, R());
    expect(() => bn.forward(tf.ones([3, 5]))).toThrow(/^BatchNorm: expected last axis 2 \(numFeatures\)/);
    expect(() => bn.forward(tf.complex(tf.ones([3, 2]), tf.ones([3, 2])))).toThrow(DtypeError);
    expect(() => bn.forward(tf.ones([3, 2]), { mask: tf.ones([7, 2], "bool") })).toThrow(/shape/i);
    expect(() => new BatchNorm(2, { ...R(), axis: 4 }).forward(tf.ones([3, 2]))).toThrow(ShapeMismatchError);
    expect(() => new BatchNorm(2, { ...R(), axis: 0.5 })).toThrow(/expected an integer for axis, got 0\.5/);
    expect(() => new BatchNorm(0, R())).toThrow(InvalidArgumentError);
    await expect(bn.mean.value).toBeAllClose([0, 0]);
    await expect(bn.var.value).toBeAllClose([1, 1]);
  });

  test("useRunningAverage is needed from the call when the layer has none, and the call beats the layer", async () => {
    const bn = new BatchNorm(2, { ...R(), useRunningAverage: null });
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    expect(() => bn.forward(x)).toThrow(MissingArgumentError);
    expect(() => bn.forward(x)).toThrow(/^BatchNorm: no useRunningAverage was given\..*view\(model/);
    bn.forward(x, { useRunningAverage: true });
    await expect(bn.mean.value).toBeAllClose([0, 0]);
    bn.useRunningAverage = true;
    bn.forward(x, { useRunningAverage: false });
    await expect(bn.mean.value).toBeAllClose([0.02, 0.03]);
  });

  test("running statistics work on an input without a batch axis", async () => {
    const bn = new BatchNorm(2, { ...R(), useRunningAverage: true, epsilon: 0 });
    await expect(bn.forward(tf.tensor1d([1, 2]))).toBeAllClose([1, 2]);
  });
});

describe("Dropout", () => {
  test.each([-0.1, 1.1, NaN, Infinity, "0.5", null])("a rate of %s is an error", (rate) => {
    expect(() => new Dropout(rate as number)).toThrow(InvalidArgumentError);
    expect(() => new Dropout(rate as number)).toThrow(
      `Dropout: expected a rate from 0 to 1, the share of elements to drop, got ${rate}.`,
    );
  });

  test("with rate 0 or deterministic, the very tensor comes back and no key is drawn", async () => {
    const x = tf.ones([2, 2]);
    const options = R();
    expect(new Dropout(0).forward(x, options)).toBe(x);
    expect(new Dropout(0.5, { deterministic: true }).forward(x, options)).toBe(x);
    expect(new Dropout(0.5).forward(x, { ...options, deterministic: true })).toBe(x);
    expect(new Dropout(0.5, { deterministic: true }).forward(x)).toBe(x);
    expect(await countOf(options)).toBe(0);
    const kept = new Dropout(0.5, { ...R(), deterministic: true });
    kept.forward(x);
    expect([...(await kept.rngs!.count.value.data())]).toEqual([0]);
  });

  test("deterministic of the call beats that of the layer, and one of them is needed", () => {
    const x = tf.ones([2, 2]);
    expect(new Dropout(0.5, { deterministic: true }).forward(x, { ...R(), deterministic: false })).not.toBe(
      x,
    );
    const layer = new Dropout(0.5, { deterministic: null });
    expect(() => layer.forward(x)).toThrow(MissingArgumentError);
    expect(() => layer.forward(x)).toThrow(/^Dropout: no deterministic was given\..*view\(model/);
    expect(layer.forward(x, { deterministic: true })).toBe(x);
  });

  test("missing or wrong rngs, integer input and axes that are not there are errors", () => {
    const x = tf.ones([2, 2]);
    expect(() => new Dropout(0.5).forward(x)).toThrow(
      /^Dropout: deterministic is false, but no rngs was given/,
    );
    expect(() => new Dropout(0.5).forward(x, { rngs: {} as Rngs })).toThrow(InvalidArgumentError);
    expect(() => new Dropout(0.5, { rngs: 3 as unknown as Rngs })).toThrow(
      /expected an Rngs or an RngStream/,
    );
    expect(() => new Dropout(0.5).forward(x, { rngs: new Rngs({ params: 0 }) })).toThrow(
      /No random stream named "dropout"/,
    );
    for (const options of [{}, { deterministic: true }]) {
      expect(() => new Dropout(0.5, options).forward(tf.ones([2], "int32"), R())).toThrow(DtypeError);
    }
    expect(() => new Dropout(0.5, { broadcastDims: [2] }).forward(x, R())).toThrow(
      /expected an input that has axis 2 \(broadcastDims\), got one of shape \[2, 2\]\. Name axes from -2 to 1\./,
    );
  });
});

describe("Sequential", () => {
  class Pair extends Module {
    readonly weight = new Param(tf.scalar(2));
    forward(a: tf.Tensor, b: tf.Tensor): [tf.Tensor, tf.Tensor] {
      return [tf.mul(b, this.weight.value), a];
    }
  }
  class Recorder extends Module {
    readonly seen: unknown[][] = [];
    forward(...args: unknown[]): tf.Tensor {
      this.seen.push(args);
      return args[0] as tf.Tensor;
    }
  }

  test("without layers gives back its input", () => {
    const x = tf.ones([2]);
    expect(new Sequential().forward(x)).toBe(x);
    expect(new Sequential().forward(x, R())).toBe(x);
  });

  test("an array becomes the positional arguments of the next layer", async () => {
    const model = new Sequential(new Pair(), new Pair(), (a: tf.Tensor, b: tf.Tensor) => tf.sub(a, b));
    // (3, 5) → (10, 3) → (6, 10) → -4
    await expect(model.forward(tf.scalar(3), tf.scalar(5))).toBeAllClose([-4]);
  });

  test("options go to Modules, and functions get none", () => {
    const recorder = new Recorder();
    const seen: unknown[][] = [];
    const plain = (...args: unknown[]): tf.Tensor => {
      seen.push(args);
      return args[0] as tf.Tensor;
    };
    const [x, options] = [tf.ones([2]), R()];
    new Sequential(plain, recorder, plain, new Sequential(recorder, plain)).forward(x, options);
    expect(seen).toEqual([[x], [x], [x]]);
    expect(recorder.seen).toEqual([
      [x, options],
      [x, options],
    ]);
    new Sequential(recorder).forward(x);
    new Sequential(recorder).forward(x, undefined);
    expect(recorder.seen.slice(2)).toEqual([[x], [x]]);
    expect(new Sequential(tf.softmax).forward(tf.ones([2, 2]), options).shape).toEqual([2, 2]);
  });

  test("hands rngs to Dropout through layers that take none", async () => {
    const options = R();
    const model = new Sequential(new Linear(2, 4, R()), relu, new Sequential(new Dropout(0.5)));
    const stream: RngStream = options.rngs.stream();
    model.forward(tf.ones([1, 2]), options);
    expect([...(await stream.count.value.data())]).toEqual([1]);
  });

  test.each([3, null, "relu", {}, tf.relu.name])("%s is no layer", (layer) => {
    const make = () => new Sequential(relu, layer as unknown as typeof relu);
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(
      /^Sequential: layers\[1\] is not callable: .*Give a Module with forward, or a function/,
    );
  });
});
