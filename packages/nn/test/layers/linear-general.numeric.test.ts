import {
  InvalidArgumentError,
  Linear,
  LinearGeneral,
  type LinearGeneralOptions,
  Rngs,
  ShapeMismatchError,
} from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const make = (
  inFeatures: number | number[],
  outFeatures: number | number[],
  options: Partial<LinearGeneralOptions> = {},
) => {
  const layer = new LinearGeneral(inFeatures, outFeatures, { rngs: new Rngs(0), ...options });
  if (layer.bias) layer.bias.value = wave([...layer.bias.shape], 1, 0.4);
  return layer;
};

test("with the defaults it is Linear", async () => {
  const [general, linear] = [make(3, 2, { useBias: false }), new Linear(3, 2, { rngs: new Rngs(0) })];
  await expect(general.kernel.value).toBeAllClose(linear.kernel.value);
  const x = wave([2, 4, 3]);
  await expect(general.forward(x)).toBeAllClose(linear.forward(x));
});

describe("contracts the axes in ascending order", () => {
  test.each<[string, number[], number[], number[], string, number[]]>([
    ["the first of two", [0], [2], [5], "ab,ax->bx", [2, 3]],
    ["the middle", [1], [3], [5, 2], "abc,bxy->acxy", [2, 3, 4]],
    ["both, given the other way round", [-1, 1], [3, 4], [2], "abc,bcx->ax", [2, 3, 4]],
    ["the first and the last", [0, -1], [2, 4], [5], "abc,acx->bx", [2, 3, 4]],
    ["all", [0, 1], [2, 3], [4], "ab,abx->x", [2, 3]],
  ])("%s", async (_, axis, inFeatures, outFeatures, equation, shape) => {
    const layer = make(inFeatures, outFeatures, { axis });
    const x = wave(shape);
    const expected = tf.add(tf.einsum(equation, x, layer.kernel.value), layer.bias!.value);
    await expect(layer.forward(x)).toBeAllClose(expected);
  });
});

test("batch axes have kernels and biases of their own", async () => {
  const layer = make([4], [2, 5], { axis: 1, batchAxis: { 0: 3 } });
  expect(layer.kernel.shape).toEqual([3, 4, 2, 5]);
  expect(layer.bias!.shape).toEqual([3, 2, 5]);
  const x = wave([3, 4, 2]);
  const y = layer.forward(x);
  expect(y.shape).toEqual([3, 2, 2, 5]);
  for (const [i, part] of tf.unstack(x).entries()) {
    const kernel = tf.unstack(layer.kernel.value)[i]!;
    const bias = tf.unstack(layer.bias!.value)[i]!;
    const expected = tf.add(tf.einsum("kf,kxy->fxy", part, kernel), bias);
    await expect(tf.unstack(y)[i]!).toBeAllClose(expected);
  }
});

test("initialisers see flattened shapes", () => {
  const seen: (readonly number[])[] = [];
  const init = (_: tf.Tensor, shape: readonly number[]) => {
    seen.push(shape);
    return tf.zeros([...shape]);
  };
  const layer = make([2, 3], [4, 5], {
    axis: [-2, -1],
    batchAxis: { 0: 7 },
    kernelInit: init,
    biasInit: init,
  });
  expect(seen).toEqual([[42, 20], [140]]);
  expect(layer.kernel.shape).toEqual([7, 2, 3, 4, 5]);
});

describe("bad input is an error", () => {
  test("of the constructor", () => {
    expect(() => make([2, 3], 4)).toThrow(InvalidArgumentError);
    expect(() => make([2, 3], 4)).toThrow(/expected one axis for each of inFeatures.*\{ axis: \[-2, -1\] \}/);
    expect(() => make(2, [])).toThrow(InvalidArgumentError);
    expect(() => make(2, [3, 0])).toThrow(/positive integer for outFeatures, got 0/);
    expect(() => make(2, 3, { batchAxis: { 1: 4 } })).toThrow(/expected the first axes for batchAxis/);
    expect(() => make([2, 2], 3, { axis: [1, 1] })).toThrow(/expected distinct integers for axis/);
    expect(() => make(2, 3, { dtype: "float16" as "float32" })).toThrow(/expected "float32" for dtype/);
  });

  test("of a call", () => {
    const layer = make([2, 3], 4, { axis: [-2, -1] });
    expect(() => layer.forward(tf.ones([5, 3, 2]))).toThrow(ShapeMismatchError);
    expect(() => layer.forward(tf.ones([5, 3, 2]))).toThrow(
      /expected axis 1 2, axis 2 3 .* of shape \[5, 3, 2\]/,
    );
    expect(() => layer.forward(tf.ones([6]))).toThrow(/expected an input that has axis -2 \(axis\)/);
    expect(() => make([3], 4, { axis: 0, batchAxis: { 0: 3 } }).forward(tf.ones([3, 2]))).toThrow(
      ShapeMismatchError,
    );
  });
});
