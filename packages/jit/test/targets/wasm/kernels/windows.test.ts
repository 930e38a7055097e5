import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "vitest";
import { type Case, testCases, x } from "./cases.ts";

const image = () => wave([2, 7, 6, 4]);
const filter = () => wave([3, 3, 4, 6], 1, 0.7);
const volume = () => wave([1, 4, 5, 4, 2]);

/** The result of a convolution, and its gradients for image and filter. */
function withGradients(fn: (x: tf.Tensor, f: tf.Tensor) => tf.Tensor): Case[1] {
  return (x, f) => {
    const loss = (a: tf.Tensor, b: tf.Tensor) => {
      const y = fn(a, b);
      return tf.sum(tf.mul(y, wave(y.shape, 1, 0.4)));
    };
    return [fn(x, f), ...tf.grads(loss)([x, f])];
  };
}

const windows: Case[] = [
  [
    "conv2d of no images",
    withGradients((a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same")),
    () => [tf.zeros([0, 7, 6, 4]), filter()],
  ],
  [
    "depthwiseConv2d of no images",
    withGradients((a, f) => tf.depthwiseConv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same")),
    () => [tf.zeros([0, 7, 6, 4]), filter()],
  ],
  [
    "conv2d same",
    withGradients((a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same")),
    () => [image(), filter()],
  ],
  [
    "conv2d valid, strides 2",
    withGradients((a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, [2, 2], "valid")),
    () => [image(), filter()],
  ],
  [
    "conv2d explicit",
    withGradients((a, f) =>
      tf.conv2d(
        a as tf.Tensor4D,
        f as tf.Tensor4D,
        [1, 2],
        [
          [0, 0],
          [2, 1],
          [0, 1],
          [0, 0],
        ],
      ),
    ),
    () => [image(), filter()],
  ],
  [
    "conv2d dilated",
    (a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same", "NHWC", 2),
    () => [image(), filter()],
  ],
  [
    "conv1d",
    (a, f) => tf.conv1d(a as tf.Tensor3D, f as tf.Tensor3D, 1, "same"),
    () => [wave([2, 9, 4]), wave([3, 4, 5])],
  ],
  [
    "conv3d",
    withGradients((a, f) => tf.conv3d(a as tf.Tensor5D, f as tf.Tensor5D, 1, "same")),
    () => [volume(), wave([2, 3, 2, 2, 3])],
  ],
  [
    "conv2dTranspose",
    (a, f) => tf.conv2dTranspose(a as tf.Tensor4D, f as tf.Tensor4D, [2, 14, 12, 6], 2, "same"),
    () => [image(), wave([3, 3, 6, 4])],
  ],
  [
    "depthwiseConv2d",
    withGradients((a, f) => tf.depthwiseConv2d(a as tf.Tensor4D, f as tf.Tensor4D, 1, "same")),
    () => [image(), wave([3, 3, 4, 2])],
  ],
  [
    "fused conv2d",
    (a, f) =>
      tf.fused.conv2d({
        x: a as tf.Tensor4D,
        filter: f as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias: tf.range(0, 6),
        activation: "relu",
      }),
    () => [image(), filter()],
  ],
  [
    "pooling",
    (a) => [
      tf.maxPool(a as tf.Tensor4D, 3, 2, "same"),
      tf.avgPool(a as tf.Tensor4D, 2, 2, "same"),
      tf.avgPool(a as tf.Tensor4D, [2, 3], 1, "valid"),
    ],
    () => [image()],
  ],
  [
    "pooling 3d",
    (a) => [tf.maxPool3d(a as tf.Tensor5D, 2, 2, "same"), tf.avgPool3d(a as tf.Tensor5D, 2, 1, "valid")],
    () => [volume()],
  ],
];

const scans: Case[] = [
  [
    "cumsum and cumprod",
    (a) => [tf.cumsum(a, 1), tf.cumsum(a, 0, true, true), tf.cumprod(a, 1, true)],
    () => [x()],
  ],
];

describe("compiled windows", () => {
  testCases([...windows, ...scans]);
});
