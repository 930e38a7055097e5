/** @file Gradients of convolutions. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

type Pair = () => [x: tf.Tensor, filter: tf.Tensor];

const pair =
  (x: number[], filter: number[]): Pair =>
  () => [wave(x), wave(filter, 0.5, 1)];
const conv2d =
  (...rest: unknown[]): GradientCase["f"] =>
  (x, filter) =>
    (tf.conv2d as (...all: unknown[]) => tf.Tensor)(x, filter, ...rest);
const depthwise =
  (...rest: unknown[]): GradientCase["f"] =>
  (x, filter) =>
    (tf.depthwiseConv2d as (...all: unknown[]) => tf.Tensor)(x, filter, ...rest);
const conv3d =
  (...rest: unknown[]): GradientCase["f"] =>
  (x, filter) =>
    (tf.conv3d as (...all: unknown[]) => tf.Tensor)(x, filter, ...rest);
/** The kernel with strides and dilations at once, which the operation refuses. */
const kernel =
  (name: string, strides: number[], dilations: number[]): GradientCase["f"] =>
  (x, filter) =>
    tf.engine().runKernel(
      name,
      { x, filter },
      {
        strides,
        dilations,
        pad: "same",
        dataFormat: strides.length === 3 ? "NDHWC" : "NHWC",
      },
    );

const CASES: Record<string, GradientCase> = {
  "conv2d, same": { f: conv2d(1, "same"), at: pair([2, 4, 3, 2], [3, 2, 2, 3]) },
  "conv2d, valid, with a rest": { f: conv2d([2, 3], "valid"), at: pair([1, 6, 6, 2], [3, 2, 2, 2]) },
  "conv2d, same, strides 2": { f: conv2d(2, "same"), at: pair([1, 5, 4, 1], [3, 3, 1, 2]) },
  "conv2d, strides 3": { f: conv2d(3, "same"), at: pair([1, 7, 6, 1], [2, 2, 1, 2]) },
  "conv2d, explicit paddings": {
    f: conv2d(1, [[0, 0], [2, 0], [0, 3], [0, 0]]), // prettier-ignore
    at: pair([1, 3, 4, 2], [2, 3, 2, 1]),
  },
  "conv2d, rounded up": { f: conv2d(2, 1, "NHWC", 1, "ceil"), at: pair([1, 4, 4, 1], [3, 3, 1, 1]) },
  "conv2d, 1 by 1": { f: conv2d(1, "valid"), at: pair([1, 2, 3, 3], [1, 1, 3, 2]) },
  "conv2d, a window as large as the input": { f: conv2d(1, "valid"), at: pair([2, 3, 2, 2], [3, 2, 2, 2]) },
  "conv2d, dilated": { f: conv2d(1, "same", "NHWC", 2), at: pair([2, 5, 4, 2], [3, 2, 2, 3]) },
  "conv2d, dilated, valid": { f: conv2d(1, "valid", "NHWC", [1, 3]), at: pair([1, 4, 8, 1], [2, 3, 1, 2]) },
  "conv2d, dilated, padded beyond the window": {
    f: conv2d(1, 3, "NHWC", [2, 1], "floor"),
    at: pair([1, 3, 3, 1], [2, 2, 1, 1]),
  },
  "conv2d, strides and dilations": {
    f: kernel(tf.Conv2D, [2, 3], [3, 2]),
    at: pair([1, 7, 8, 2], [3, 2, 2, 2]),
  },
  conv1d: {
    f: (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 2, "same"),
    at: pair([2, 5, 2], [3, 2, 2]),
  },
  "conv1d, dilated": {
    f: (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 1, "valid", "NWC", 2),
    at: pair([1, 6, 2], [3, 2, 1]),
  },
  conv2dTranspose: {
    f: (x, filter) => tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [1, 6, 5, 2], 2, "same"),
    at: pair([1, 3, 3, 2], [3, 2, 2, 2]),
  },
  "depthwiseConv2d, same": { f: depthwise(1, "same"), at: pair([2, 4, 3, 2], [3, 2, 2, 1]) },
  "depthwiseConv2d, several outputs a channel": {
    f: depthwise([2, 2], "same"),
    at: pair([2, 5, 4, 2], [2, 3, 2, 3]),
  },
  "depthwiseConv2d, valid, with a rest": { f: depthwise(2, "valid"), at: pair([1, 6, 6, 3], [3, 3, 3, 1]) },
  "depthwiseConv2d, dilated": {
    f: depthwise(1, "same", "NHWC", [2, 1]),
    at: pair([2, 5, 3, 2], [3, 2, 2, 2]),
  },
  "depthwiseConv2d, dilated, one output a channel": {
    f: depthwise(1, "valid", "NHWC", 2),
    at: pair([1, 6, 5, 2], [3, 2, 2, 1]),
  },
  conv3d: { f: conv3d(1, "same"), at: pair([1, 3, 4, 2, 2], [2, 3, 1, 2, 2]) },
  "conv3d, deeper than high": { f: conv3d(1, "valid"), at: pair([2, 6, 2, 3, 1], [2, 2, 2, 1, 2]) },
  "conv3d, strides": { f: conv3d([2, 1, 2], "same"), at: pair([1, 5, 3, 4, 1], [3, 2, 2, 1, 1]) },
  "conv3d, valid, with a rest": { f: conv3d(2, "valid"), at: pair([1, 4, 5, 6, 1], [2, 2, 3, 1, 1]) },
  "conv3d, dilated": {
    f: conv3d(1, "same", "NDHWC", [2, 1, 2]),
    at: pair([1, 4, 2, 5, 1], [2, 2, 2, 1, 2]),
  },
  "conv3d, strides and dilations": {
    f: kernel(tf.Conv3D, [2, 1, 3], [2, 2, 1]),
    at: pair([1, 5, 4, 5, 1], [2, 2, 2, 1, 1]),
  },
};

describe("the gradients of both orders match finite differences", () => {
  test.each(Object.entries(CASES))("%s", async (_, gradientCase) => {
    await expectGradients(gradientCase);
  });
});

test("a fused convolution with a bias has gradients of both orders", async () => {
  await expectGradients({
    f: (x, filter, bias) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias,
        activation: "linear",
      }),
    at: () => [wave([1, 3, 3, 2]), wave([2, 2, 2, 2], 0.5, 1), wave([2])],
  });
});

test("a fused depthwise convolution has gradients", async () => {
  await expectGradients({
    f: (x, filter, bias) =>
      tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias,
      }),
    at: () => [wave([1, 3, 3, 2]), wave([2, 2, 2, 1], 0.5, 1), wave([2])],
  });
});
