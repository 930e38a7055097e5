/** @file Cases of kernels that slide a window, of images and of normalisation, with their gradients. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Case } from "./math.ts";

const f3 = (...shape: [number, number, number]) => full<tf.Rank.R3>(shape, 0.5);
const f4 = (...shape: [number, number, number, number]) => full<tf.Rank.R4>(shape, 0.5);
const f5 = (...shape: [number, number, number, number, number]) => full<tf.Rank.R5>(shape, 0.5);
const i4 = (...shape: [number, number, number, number]) => full<tf.Rank.R4>(shape, 1, "int32");
const kernel = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap = {}) =>
  tf.engine().runKernel<tf.Tensor>(name, inputs, attrs);

const pool3d = { filterSize: 2, strides: 2, pad: "valid" };
const conv3d = { strides: [1, 1, 1], pad: "same" };
const conv2d = { strides: [1, 1], pad: "same", dataFormat: "NHWC" };
const depthwise = { strides: [1, 1], dilations: [1, 1], pad: "same" };
const response = { depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 };
const dilation = { strides: 1, pad: "same", dilations: 1 };
const boxes = () => full<tf.Rank.R2>([2, 4], 0.5);
const first = () => full<tf.Rank.R1>([2], 0, "int32");

/** Convolutions, pooling, normalisation and images. */
export const windowCases: Case[] = [
  ["conv1d", () => tf.conv1d(f3(2, 9, 3), f3(4, 3, 5), 2, "same")],
  ["conv2d, same", () => tf.conv2d(f4(2, 7, 6, 3), f4(3, 2, 3, 5), [2, 1], "same")],
  ["conv2d, valid and dilated", () => tf.conv2d(f4(2, 9, 8, 3), f4(3, 2, 3, 5), 1, "valid", "NHWC", [2, 3])],
  ["conv2d, explicit padding", () =>
    tf.conv2d(f4(1, 5, 5, 1), f4(3, 3, 1, 1), 1, [[0, 0], [1, 2], [0, 1], [0, 0]])], // prettier-ignore
  ["conv2d, rounded up", () => tf.conv2d(f4(1, 6, 6, 1), f4(3, 3, 1, 1), 2, 1, "NHWC", 1, "ceil")],
  ["conv2d, channels first", () => tf.conv2d(f4(2, 3, 7, 6), f4(3, 2, 3, 5), 1, "same", "NCHW")],
  ["conv2dTranspose", () => tf.conv2dTranspose(f4(2, 4, 4, 5), f4(3, 3, 2, 5), [2, 8, 8, 2], 2, "same")],
  [
    "input gradient of conv2d",
    () =>
      kernel(
        "Conv2DBackpropInput",
        { dy: f4(2, 7, 6, 5), filter: f4(3, 2, 3, 5) },
        { ...conv2d, inputShape: [2, 7, 6, 3] },
      ),
  ],
  [
    "filter gradient of conv2d",
    () =>
      kernel(
        "Conv2DBackpropFilter",
        { x: f4(2, 7, 6, 3), dy: f4(2, 7, 6, 5) },
        { ...conv2d, filterShape: [3, 2, 3, 5] },
      ),
  ],
  [
    "fused conv2d",
    () =>
      tf.fused.conv2d({
        x: f4(2, 7, 6, 3),
        filter: f4(3, 2, 3, 5),
        strides: 2,
        pad: "same",
        bias: full([5], 1),
        activation: "relu",
      }),
  ],
  ["depthwiseConv2d", () => tf.depthwiseConv2d(f4(2, 7, 6, 3), f4(3, 2, 3, 2), 2, "same")],
  [
    "fused depthwiseConv2d",
    () =>
      tf.fused.depthwiseConv2d({
        x: f4(2, 7, 6, 3),
        filter: f4(3, 2, 3, 2),
        strides: 1,
        pad: "valid",
        bias: full([6], 1),
        activation: "relu",
      }),
  ],
  ["separableConv2d", () => tf.separableConv2d(f4(2, 7, 6, 3), f4(3, 2, 3, 2), f4(1, 1, 6, 4), 1, "same")],
  [
    "input gradient of depthwiseConv2d",
    () =>
      kernel(
        "DepthwiseConv2dNativeBackpropInput",
        { dy: f4(2, 7, 6, 6), filter: f4(3, 2, 3, 2) },
        { ...depthwise, inputShape: [2, 7, 6, 3] },
      ),
  ],
  [
    "filter gradient of depthwiseConv2d",
    () =>
      kernel(
        "DepthwiseConv2dNativeBackpropFilter",
        { x: f4(2, 7, 6, 3), dy: f4(2, 7, 6, 6) },
        { ...depthwise, filterShape: [3, 2, 3, 2] },
      ),
  ],
  ["conv3d", () => tf.conv3d(f5(1, 4, 5, 6, 2), f5(2, 2, 2, 2, 3), [1, 2, 1], "same")],
  [
    "input gradient of conv3d",
    () =>
      kernel(
        "Conv3DBackpropInputV2",
        { dy: f5(1, 4, 5, 6, 3), filter: f5(2, 2, 2, 2, 3) },
        { ...conv3d, inputShape: [1, 4, 5, 6, 2] },
      ),
  ],
  [
    "filter gradient of conv3d",
    () =>
      kernel(
        "Conv3DBackpropFilterV2",
        { x: f5(1, 4, 5, 6, 2), dy: f5(1, 4, 5, 6, 3) },
        { ...conv3d, filterShape: [2, 2, 2, 2, 3] },
      ),
  ],
  ["dilation2d", () => tf.dilation2d(f4(1, 6, 5, 2), f3(2, 2, 2), 2, "same")],
  [
    "input gradient of dilation2d",
    () =>
      kernel(
        "Dilation2DBackpropInput",
        { x: f4(1, 6, 5, 2), filter: f3(2, 2, 2), dy: f4(1, 6, 5, 2) },
        dilation,
      ),
  ],
  [
    "filter gradient of dilation2d",
    () =>
      kernel(
        "Dilation2DBackpropFilter",
        { x: f4(1, 6, 5, 2), filter: f3(2, 2, 2), dy: f4(1, 6, 5, 2) },
        dilation,
      ),
  ],
  ["avgPool", () => tf.avgPool(f4(2, 7, 6, 3), [3, 2], 2, "same")],
  ["maxPool of int32", () => tf.maxPool(i4(2, 6, 6, 3), 2, 2, "valid")],
  ["maxPool, rounded up", () => tf.maxPool(f4(2, 7, 6, 3), 2, 2, 0, "ceil")],
  [
    "gradient of avgPool",
    () =>
      kernel(
        "AvgPoolGrad",
        { dy: f4(1, 2, 2, 3), input: f4(1, 4, 4, 3) },
        { filterSize: 2, strides: 2, pad: "valid" },
      ),
  ],
  [
    "gradient of maxPool",
    () =>
      kernel(
        "MaxPoolGrad",
        { dy: f4(1, 2, 2, 3), input: f4(1, 4, 4, 3), output: f4(1, 2, 2, 3) },
        { filterSize: 2, strides: 2, pad: "valid" },
      ),
  ],
  ["maxPoolWithArgmax", () => Object.values(tf.maxPoolWithArgmax(f4(1, 4, 4, 3), 2, 2, "valid"))],
  ["avgPool3d", () => tf.avgPool3d(f5(1, 4, 6, 4, 2), 2, 2, "same")],
  ["maxPool3d", () => tf.maxPool3d(f5(1, 4, 6, 4, 2), [2, 3, 1], 1, "valid")],
  [
    "gradient of avgPool3d",
    () => kernel("AvgPool3DGrad", { dy: f5(1, 2, 2, 2, 1), input: f5(1, 4, 4, 4, 1) }, pool3d),
  ],
  [
    "gradient of maxPool3d",
    () =>
      kernel(
        "MaxPool3DGrad",
        { dy: f5(1, 2, 2, 2, 1), input: f5(1, 4, 4, 4, 1), output: f5(1, 2, 2, 2, 1) },
        pool3d,
      ),
  ],
  ["batchNorm", () => tf.batchNorm(f4(2, 3, 4, 5), full([5], 0), full([5], 1), full([5], 0), full([5], 1))],
  ["localResponseNormalization", () => tf.localResponseNormalization(f4(1, 3, 4, 5))],
  [
    "gradient of localResponseNormalization",
    () => kernel("LRNGrad", { x: f4(1, 3, 4, 5), y: f4(1, 3, 4, 5), dy: f4(1, 3, 4, 5) }, response),
  ],
  ["resizeBilinear", () => tf.image.resizeBilinear(i4(2, 3, 4, 5), [7, 8])],
  ["resizeNearestNeighbor", () => tf.image.resizeNearestNeighbor(i4(2, 3, 4, 5), [7, 8])],
  [
    // Square: TensorFlow.js's cpu kernel swaps height and width of its output.
    "gradient of resizeBilinear",
    () =>
      kernel("ResizeBilinearGrad", { images: f4(2, 4, 4, 5), dy: f4(2, 7, 8, 5) }, { alignCorners: false }),
  ],
  [
    "gradient of resizeNearestNeighbor",
    () =>
      kernel(
        "ResizeNearestNeighborGrad",
        { images: f4(2, 3, 4, 5), dy: f4(2, 7, 8, 5) },
        { alignCorners: false },
      ),
  ],
  ["cropAndResize", () => tf.image.cropAndResize(f4(1, 4, 5, 3), boxes(), first(), [6, 7])],
  ["flipLeftRight", () => tf.image.flipLeftRight(f4(1, 4, 5, 3))],
  ["rotateWithOffset", () => tf.image.rotateWithOffset(f4(1, 4, 5, 3), 1)],
  ["transform", () => tf.image.transform(f4(1, 4, 5, 3), full<tf.Rank.R2>([1, 8], 1))],
  [
    "transform to another size",
    () => tf.image.transform(f4(1, 4, 5, 3), full<tf.Rank.R2>([1, 8], 1), "nearest", "constant", 0, [6, 7]),
  ],
];
