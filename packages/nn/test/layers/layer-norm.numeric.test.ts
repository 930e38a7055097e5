import {
  grad,
  LayerNorm,
  type LayerNormOptions,
  RMSNorm,
  type RMSNormOptions,
  Rngs,
  ShapeMismatchError,
} from "@nnx-js/nn";
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const layerNorm = (features: number, options: Partial<LayerNormOptions> = {}) =>
  new LayerNorm(features, { rngs: new Rngs(0), ...options });
const rmsNorm = (features: number, options: Partial<RMSNormOptions> = {}) =>
  new RMSNorm(features, { rngs: new Rngs(0), ...options });

test("LayerNorm takes mean and variance of each row, then scale and bias", async () => {
  const layer = layerNorm(3, { epsilon: 0 });
  layer.scale!.value = tf.tensor1d([1, 2, 3]);
  layer.bias!.value = tf.tensor1d([0, 0, 10]);
  const root = Math.sqrt(1.5);
  const x = tf.tensor2d([
    [1, 2, 3],
    [30, 20, 10],
  ]);
  await expect(layer.forward(x)).toBeAllClose([-root, 0, 3 * root + 10, root, 0, -3 * root + 10]);
});

test("RMSNorm leaves the mean in", async () => {
  const layer = rmsNorm(2, { epsilon: 0 });
  layer.scale!.value = tf.tensor1d([1, 2]);
  await expect(layer.forward(tf.tensor2d([[3, 4]]))).toBeAllClose([3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]);
  expect(layer.bias).toBeUndefined();
});

describe("axes", () => {
  test("statistics and features may be along different axes", async () => {
    const layer = layerNorm(2, { epsilon: 0, reductionAxes: [1, 2], featureAxes: 1 });
    layer.scale!.value = tf.tensor1d([1, 10]);
    const x = tf.tensor3d([
      [
        [1, 3],
        [1, 3],
      ],
      [
        [8, 4],
        [4, 8],
      ],
    ]);
    await expect(layer.forward(x)).toBeAllClose([-1, 1, -10, 10, 1, -1, -10, 10]);
  });

  test("several axes may have features, whose sizes multiply", async () => {
    const layer = rmsNorm(6, { reductionAxes: -1, featureAxes: [1, -1], epsilon: 0 });
    layer.scale!.value = tf.tensor1d([1, 2, 3, 4, 5, 6]);
    await expect(layer.forward(tf.ones([1, 2, 3]))).toBeAllClose([1, 2, 3, 4, 5, 6]);
  });

  test("axes that are not there and other sizes are errors", () => {
    expect(() => layerNorm(3).forward(tf.ones([2, 4]))).toThrow(ShapeMismatchError);
    expect(() => layerNorm(3).forward(tf.ones([2, 4]))).toThrow(
      "LayerNorm: expected last axis 3 (numFeatures), got an input of shape [2, 4]. Pass numFeatures: 4, ",
    );
    expect(() => layerNorm(3, { reductionAxes: 2 }).forward(tf.ones([2, 3]))).toThrow(
      /expected an input that has axis 2 \(reductionAxes\).*Name axes from -2 to 1/,
    );
    expect(() => rmsNorm(3, { featureAxes: [0, 1] }).forward(tf.ones([2, 3]))).toThrow(
      /expected axes \[0, 1\] of size 3/,
    );
    expect(() => layerNorm(3, { featureAxes: 0.5 })).toThrow(/expected distinct integers for featureAxes/);
  });
});

test("only what the mask lets in enters the statistics", async () => {
  const x = tf.tensor2d([[1, 3, NaN]]);
  const mask = tf.tensor2d([[1, 1, 0]], [1, 3], "bool");
  const ids = tf.tensor2d([[2, 256, 0]], [1, 3], "int32");
  for (const useFastVariance of [true, false]) {
    const layer = layerNorm(3, { epsilon: 0, useFastVariance });
    await expect(tf.slice(layer.forward(x, { mask }), [0, 0], [1, 2])).toBeAllClose([-1, 1]);
    await expect(tf.slice(layer.forward(x, { mask: ids }), [0, 0], [1, 2])).toBeAllClose([-1, 1]);
  }
  const root = Math.sqrt(5);
  await expect(tf.slice(rmsNorm(3, { epsilon: 0 }).forward(x, { mask }), [0, 0], [1, 2])).toBeAllClose([
    1 / root,
    3 / root,
  ]);
});

test("the variance in two passes is exact where that in one is not", async () => {
  const large = tf.tensor2d([[10000, 10001, 10002]]);
  const y = layerNorm(3, { useFastVariance: false }).forward(large);
  await expect(y).toBeAllClose([-1.2247449, 0, 1.2247449], { rtol: 1e-3, atol: 1e-3 });
});

test("integers are taken as float32", async () => {
  const x = tf.tensor2d([[1, 2, 3]], [1, 3], "int32");
  await expect(layerNorm(3).forward(x)).toBeAllClose(layerNorm(3).forward(tf.cast(x, "float32")));
});

test("training steps leave nothing behind", async () => {
  const [layer, x] = [layerNorm(4), wave([2, 4])];
  await expectNoLeak(() => {
    tf.tidy(() => {
      grad((m: LayerNorm) => tf.sum(m.forward(x)))(layer);
    });
  });
});
