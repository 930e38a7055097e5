import {
  BatchNorm,
  clone,
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
  type Module,
  PReLU,
  type PromoteDtype,
  RMSNorm,
  Rngs,
  SpectralNorm,
  state,
  WeightNorm,
} from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

type Layer = Module & { forward(x: tf.Tensor): tf.Tensor };
interface Options {
  rngs: Rngs;
  promoteDtype?: PromoteDtype;
}

const LAYERS: [name: string, operands: number, make: (options: Options) => Layer][] = [
  ["Linear", 3, (o) => new Linear(4, 3, o)],
  ["LinearGeneral", 3, (o) => new LinearGeneral(4, 3, o)],
  ["Einsum", 3, (o) => new Einsum("ab,bc->ac", [4, 3], [3], o)],
  ["BatchNorm", 3, (o) => new BatchNorm(4, o)],
  ["LayerNorm", 3, (o) => new LayerNorm(4, o)],
  ["RMSNorm", 2, (o) => new RMSNorm(4, o)],
  ["GroupNorm", 3, (o) => new GroupNorm(4, { ...o, numGroups: 2 })],
  ["InstanceNorm", 3, (o) => new InstanceNorm(4, o)],
  ["LoRA", 3, (o) => new LoRA(4, 2, 3, o)],
  ["PReLU", 2, (o) => new PReLU(o)],
];

const x = () => tf.tensor2d([1, 2, -3, 4, 0, 6, 7, -8], [2, 4]);

describe.each(LAYERS)("%s", (_, operands, make) => {
  test("takes integers and bools as float32", async () => {
    for (const dtype of ["int32", "bool"] as const) {
      const input = tf.cast(x(), dtype);
      const y = make({ rngs: new Rngs(0) }).forward(input);
      expect(y.dtype).toBe("float32");
      await expect(y).toBeAllClose(make({ rngs: new Rngs(0) }).forward(tf.cast(input, "float32")));
    }
  });

  test("brings input and parameters to the dtype by the rule that it is given", async () => {
    const seen: (readonly (tf.Tensor | undefined)[])[] = [];
    const promoteDtype: PromoteDtype = (tensors, options) => {
      expect(options).toEqual({ dtype: "float32" });
      seen.push(tensors);
      return tensors.map((tensor) => tensor && tf.mul(tensor, 0)) as unknown as typeof tensors;
    };
    const layer = make({ rngs: new Rngs(0), promoteDtype });
    await expect(layer.forward(x())).toBeAllClose(tf.zerosLike(layer.forward(x())));
    expect(seen[0]).toHaveLength(operands);
    // A copy has the rule as well.
    await expect(clone(layer).forward(x())).toBeAllClose(tf.zerosLike(layer.forward(x())));
  });

  test("refuses dtypes that there are not", () => {
    const options = { rngs: new Rngs(0), paramDtype: "float64" } as unknown as Options;
    expect(() => make(options)).toThrow(InvalidArgumentError);
    expect(() => make(options)).toThrow(/expected "float32" for paramDtype.*got "float64"/);
    const rule = { rngs: new Rngs(0), promoteDtype: "round" } as unknown as Options;
    expect(() => make(rule)).toThrow(/expected a function for promoteDtype, got string/);
  });
});

test("tables and wrappers of weights have the rule for these alone", async () => {
  const rngs = new Rngs(0);
  const promoteDtype: PromoteDtype = (tensors) =>
    tensors.map((tensor) => tensor && tf.mul(tensor, 0)) as unknown as typeof tensors;
  const row = new Embed(3, 2, { rngs, promoteDtype }).forward(tf.tensor1d([1], "int32"));
  await expect(row).toBeAllClose([0, 0]);
  for (const wrapper of [
    new WeightNorm(new Linear(4, 3, { rngs }), { rngs, promoteDtype }),
    new SpectralNorm(new Linear(4, 3, { rngs }), { rngs, promoteDtype }),
  ]) {
    await expect(wrapper.forward(x())).toBeAllClose([0, 0, 0, 0, 0, 0]);
  }
  const adapted = new LoRALinear(4, 3, { rngs, loraRank: 1, loraPromoteDtype: promoteDtype });
  await expect(adapted.forward(wave([2, 4]))).toBeAllClose(tf.matMul(wave([2, 4]), adapted.kernel.value));
});

test("parameters carry the metadata that they are given", () => {
  const rngs = new Rngs(0);
  const [a, b] = [{ tag: "a" }, { tag: "b" }];
  const pair = { rngs, kernelMetadata: a, biasMetadata: b };
  const affine = { rngs, scaleMetadata: a, biasMetadata: b };
  const layers: Module[] = [
    new Linear(2, 3, pair),
    new LinearGeneral(2, 3, pair),
    new Einsum("ab,bc->ac", [2, 3], [3], pair),
    new BatchNorm(2, affine),
    new LayerNorm(2, affine),
    new GroupNorm(2, { ...affine, numGroups: 1 }),
    new InstanceNorm(2, affine),
    new LoRA(2, 1, 3, { rngs, aMetadata: a, bMetadata: b }),
  ];
  for (const layer of layers) {
    expect([state(layer, "a").size, state(layer, "b").size], String(layer)).toEqual([1, 1]);
  }
  expect(state(new PReLU({ negativeSlopeMetadata: a }), "a").size).toBe(1);
  expect(state(new Embed(2, 3, { rngs, embeddingMetadata: a }), "a").size).toBe(1);
  expect(state(new RMSNorm(2, { rngs, scaleMetadata: a }), "a").size).toBe(1);
});
