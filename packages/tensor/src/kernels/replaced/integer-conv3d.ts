/** @file Convolution of int32 volumes, modulo 2^32, by matrix products: backends refuse it or compute it in float32. */
import * as tf from "@tensorflow/tfjs-core";
import { padOrCrop } from "../../convolution/axes.ts";
import { axesOf, type ConvolutionAttrs, coveringPads } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces Conv3D of a backend whose products and sums of int32 are exact. */
export const integerConv3D: readonly ReplacedKernel[] = [
  [
    tf.Conv3D,
    (original) => (call) => {
      const areIntegers = Object.values(call.inputs).every((info) => info?.dtype === "int32");
      return areIntegers ? tapByTap(call) : original(call);
    },
  ],
];

/** For each element of the filter, the product of what lies below it in all windows. */
const tapByTap = composed<"x" | "filter", ConvolutionAttrs>(({ x, filter }, attrs) => {
  const axes = axesOf(x.shape, filter.shape, attrs);
  const [batch, windows] = [x.shape[0]!, axes.map(({ output }) => output)];
  const [inputs, outputs] = filter.shape.slice(-2) as [number, number];
  const shape = [batch, ...windows, outputs];
  if (tf.util.sizeFromShape([...shape, inputs]) === 0) return tf.zeros(shape, "int32");
  const padded = padOrCrop(x, coveringPads(axes));
  const strides = [1, ...axes.map(({ stride }) => stride), 1];
  const sizes = axes.map(({ size }) => size);
  const taps = tf.reshape(filter, [-1, inputs, outputs]);
  let sum: tf.Tensor | undefined;
  for (let tap = 0; tap < taps.shape[0]!; tap++) {
    const place = tf.util.indexToLoc(tap, 3, tf.util.computeStrides(sizes));
    const begin = axes.map(({ dilation }, i) => place[i]! * dilation);
    const end = axes.map(({ output, stride }, i) => begin[i]! + (output - 1) * stride + 1);
    const below = tf.stridedSlice(padded, [0, ...begin, 0], [batch, ...end, inputs], strides);
    const weights = tf.reshape(tf.slice(taps, [tap, 0, 0], [1, inputs, outputs]), [inputs, outputs]);
    const product = tf.matMul(tf.reshape(below, [-1, inputs]) as tf.Tensor2D, weights as tf.Tensor2D);
    sum = sum ? tf.add(sum, product) : product;
  }
  return tf.reshape(sum!, shape);
});
