/** @file The text of exported functions: names, memory, versions; and what cannot be exported. */
import { saveModel, memoryTarget, readSafetensors } from "@nnx-js/checkpoint";
import { Linear, Module, Param, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { exportStableHlo, type StableHloOptions } from "../../src/index.ts";

const predict = (model: Linear, x: tf.Tensor) => model.forward(x);

function spec(...shape: number[]): tf.Tensor {
  return { shape, dtype: "float32" } as unknown as tf.Tensor;
}

test("a forward pass is one function of state and inputs", async () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const text = await exportStableHlo(predict, [model, spec(4, 3)]);
  expect(text).toContain(
    'module @predict attributes {nnx.format = 1 : i64, nnx.stablehlo_version = "1.0.0"}',
  );
  expect(text).toContain(
    '%arg0: tensor<3x2xf32> {jax.arg_info = "model.kernel", nnx.state = "model.kernel"}',
  );
  expect(text).toContain('{jax.arg_info = "x", nnx.input = "x"}');
  expect(text).toContain('-> (tensor<4x2xf32> {jax.result_info = "output", nnx.output = "output"})');
  expect(text).not.toContain("tf.aliasing_output");
  expect(text).toContain("precision = [HIGHEST, HIGHEST]");
  const fast = await exportStableHlo(predict, [model, spec(4, 3)], { precision: "default", name: "fast" });
  expect(fast).toContain("module @fast");
  expect(fast).toContain("precision = [DEFAULT, DEFAULT]");
});

class Pair extends Module {
  readonly left: Linear;
  readonly right: Linear;
  constructor(rngs: Rngs) {
    super();
    this.left = new Linear(2, 2, { rngs });
    this.right = this.left;
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.left.forward(this.right.forward(x));
  }
}

test("state has the names of saveModel, and what is written takes its memory", async () => {
  const model = new Pair(new Rngs(0));
  const optimizer = new Optimizer(model, adam(1e-3), { wrt: Param });
  // The optimiser comes first, and in the file the name that is first in the alphabet.
  const step = (optimizer: Optimizer<Pair>, model: Pair, x: tf.Tensor) => {
    const [loss, grads] = valueAndGrad((model: Pair) => tf.mean(model.forward(x)))(model);
    optimizer.update(model, grads);
    return { loss };
  };
  const text = await exportStableHlo(step, [optimizer, model, spec(4, 2)]);
  const target = memoryTarget();
  await saveModel({ model, optimizer }, target);
  const file = await readSafetensors(target.bytes());
  const written = [...text.matchAll(/nnx\.state = "([^"]*)", tf\.aliasing_output = \d+/g)].map(
    ([, name]) => name!,
  );
  expect([...new Set(written)].sort()).toEqual([...file.names].sort());
  const places = [...text.matchAll(/tf\.aliasing_output = (\d+)/g)].map(([, place]) => Number(place));
  expect(places).toEqual([...places.keys()]);
  expect(text).toContain('nnx.output = "loss"');
  await file.close();
});

test("names are escaped, and names of modules made symbols", async () => {
  const models = { 'a "quoted" \\ ü': new Linear(1, 1, { rngs: new Rngs(0) }) };
  const text = await exportStableHlo(
    (models: Record<string, Linear>, x: tf.Tensor) => models['a "quoted" \\ ü']!.forward(x),
    [models, spec(1, 1)],
    { name: "1st model!" },
  );
  expect(text).toContain("module @_1st_model_");
  expect(text).toContain(String.raw`nnx.state = "models.a \22quoted\22 \5C\5C \C3\BC.kernel"`);
});

test("equal operations are written once, and tensors that a function closes over are constants", async () => {
  const weights = tf.tensor2d([1.5, -2, 3, Infinity], [2, 2]);
  const text = await exportStableHlo(
    (x: tf.Tensor) => tf.add(tf.matMul(tf.relu(x), weights), tf.matMul(tf.relu(x), weights)),
    [spec(3, 2)],
  );
  expect(text.match(/stablehlo\.maximum/g)).toHaveLength(1);
  expect(text.match(/stablehlo\.dot_general/g)).toHaveLength(1);
  expect(text).toContain("dense<[[1.5, -2.0], [3.0, 0x7F800000]]> : tensor<2x2xf32>");
  weights.dispose();
});

test("nothing is left behind, and nothing changes", async () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const before = await model.kernel.value.data();
  await expectNoLeak(async () => {
    await exportStableHlo(predict, [model, spec(4, 3)]);
  });
  expect(await model.kernel.value.data()).toEqual(before);
});

test("an operation that cannot be written is an error with the line and a way out", async () => {
  const blurred = (x: tf.Tensor4D) => tf.image.transform(x, tf.zeros([1, 8]));
  const failing = exportStableHlo(blurred, [spec(1, 4, 4, 1) as tf.Tensor4D]);
  await expect(failing).rejects.toMatchObject({ name: "UnsupportedExportError", kernelName: "Transform" });
  await expect(failing).rejects.toThrow(
    /exportStableHlo\(blurred\).*Transform at .*export\.test\.ts:\d+.*Compute it outside/,
  );
});

test("values that shapes depend on, and numbers that are read, are errors with the line", async () => {
  const x = tf.tensor1d([1, 2]);
  const unique = exportStableHlo((x: tf.Tensor) => tf.unique(x).values, [x]);
  await expect(unique).rejects.toThrow(/Unique at .*export\.test\.ts:\d+/);
  const read = exportStableHlo((x: tf.Tensor) => tf.mul(x, x.dataSync()[0]!), [x]);
  await expect(read).rejects.toThrow(/export\.test\.ts:\d+/);
  const complex = exportStableHlo((x: tf.Tensor) => tf.complex(x, x), [x]);
  await expect(complex).rejects.toThrow(/Complex|complex64/);
  x.dispose();
});

test("options and arguments are checked", async () => {
  const model = new Linear(3, 2, { rngs: new Rngs(0) });
  const wrong = (options: unknown) =>
    exportStableHlo(predict, [model, spec(4, 3)], options as StableHloOptions);
  await expect(wrong({ precison: "high" })).rejects.toThrow(/found "precison"/);
  await expect(wrong({ precision: "low" })).rejects.toThrow(/found "low"/);
  await expect(exportStableHlo(undefined as unknown as typeof predict, [model, spec(4, 3)])).rejects.toThrow(
    /a function/,
  );
  await expect(exportStableHlo(predict, model as unknown as [Linear, tf.Tensor])).rejects.toThrow(
    /in an array/,
  );
});
