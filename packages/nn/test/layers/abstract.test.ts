import {
  Einsum,
  Embed,
  evalShape,
  GroupNorm,
  initializers,
  InstanceNorm,
  LayerNorm,
  Linear,
  LinearGeneral,
  LoRA,
  LoRALinear,
  type Module,
  PReLU,
  RMSNorm,
  Rngs,
  SpectralNorm,
  WeightNorm,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

type Layer = Module & { forward(x: tf.Tensor): tf.Tensor };

test.each<[string, (o: { rngs: Rngs }) => Layer, number[]]>([
  ["LinearGeneral", (o) => new LinearGeneral(1000, [20, 50], o), [4, 20, 50]],
  ["Einsum", (o) => new Einsum("...a,abc->...bc", [1000, 20, 50], [20, 50], o), [4, 20, 50]],
  ["LayerNorm", (o) => new LayerNorm(1000, o), [4, 1000]],
  ["RMSNorm", (o) => new RMSNorm(1000, o), [4, 1000]],
  ["GroupNorm", (o) => new GroupNorm(1000, { ...o, numGroups: 10 }), [4, 1000]],
  ["InstanceNorm", (o) => new InstanceNorm(1000, o), [4, 1000]],
  ["LoRA", (o) => new LoRA(1000, 8, 500, { ...o, baseModule: new Linear(1000, 500, o) }), [4, 500]],
  ["LoRALinear", (o) => new LoRALinear(1000, 500, { ...o, loraRank: 8 }), [4, 500]],
  ["PReLU", () => new PReLU(), [4, 1000]],
  ["WeightNorm", (o) => new WeightNorm(new Linear(1000, 500, o), o), [4, 500]],
  ["SpectralNorm", (o) => new SpectralNorm(new Linear(1000, 500, o), o), [4, 500]],
])("%s is made and called on shapes alone, without memory", (_, make, shape) => {
  const before = tf.memory();
  const y = evalShape(() => make({ rngs: new Rngs(0) }).forward(tf.zeros([4, 1000])));
  expect(y).toMatchObject({ shape, dtype: "float32" });
  const model = evalShape(() => make({ rngs: new Rngs(0) }));
  expect(model).toBeDefined();
  const { numTensors, numBytes } = tf.memory();
  expect([numTensors, numBytes]).toEqual([before.numTensors, before.numBytes]);
});

test("Embed is made and called on shapes alone", () => {
  const before = tf.memory();
  const shapes = evalShape(() => {
    const embed = new Embed(50_000, 64, { rngs: new Rngs(0) });
    const rows = embed.forward(tf.zeros([2, 7], "int32"));
    return [rows, embed.attend(rows)];
  });
  expect(shapes.map(({ shape }) => shape)).toEqual([
    [2, 7, 64],
    [2, 7, 50_000],
  ]);
  expect(tf.memory().numBytes).toBe(before.numBytes);
});

test("a kernel of deltaOrthogonal is made on shapes alone", () => {
  const kernelInit = initializers.deltaOrthogonal();
  const kernel = evalShape((key: tf.Tensor) => kernelInit(key, [3, 3, 4, 8]), tf.zeros([2], "int32"));
  expect(kernel).toMatchObject({ shape: [3, 3, 4, 8] });
});
