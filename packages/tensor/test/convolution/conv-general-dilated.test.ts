/** @file What a general convolution refuses. */
import { ConvolutionArgumentError, convGeneralDilated } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test.each<[string, number[], number[], Parameters<typeof convGeneralDilated>[2], RegExp]>([
  ["no batch axis", [4, 2], [3, 2, 1], {}, /Add a batch axis: tf\.expandDims\(x, 0\)/],
  ["more than three spatial axes", [1, 2, 2, 2, 2, 1], [1, 1, 1, 1, 1, 1], {}, /one to three spatial axes/],
  ["too few strides", [1, 4, 4, 2], [3, 3, 2, 1], { strides: [2] }, /2 positive integers as strides/],
  ["a dilation of 0", [1, 4, 2], [3, 2, 1], { kernelDilation: [0] }, /positive integers as kernelDilation/],
  ["half a padding", [1, 4, 2], [3, 2, 1], { padding: [[0.5, 0]] }, /1 pairs of integers as padding/],
  ["other channels", [1, 4, 3], [3, 2, 1], {}, /an input with 2 channels/],
  ["groups that do not divide the outputs", [1, 4, 4], [3, 2, 3], { featureGroupCount: 2 }, /2 equal groups/],
  [
    "a window that does not fit",
    [1, 4, 2],
    [3, 2, 1],
    { kernelDilation: [2] },
    /a window of 5 elements, found 4/,
  ],
])("%s", (_, x, kernel, options, message) => {
  const run = () => convGeneralDilated(tf.ones(x), tf.ones(kernel), options);
  expect(run).toThrow(ConvolutionArgumentError);
  expect(run).toThrow(message);
});
