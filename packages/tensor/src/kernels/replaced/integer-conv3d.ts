/** @file Convolution of int32 volumes, modulo 2^32, by matrix products: backends refuse it or compute it in float32. */
import * as tf from "@tensorflow/tfjs-core";
import { padOrCrop } from "../../convolution/axes.ts";
import { tapsOf } from "../../convolution/by-taps.ts";
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
  const [batch = 0] = x.shape;
  const windows = axes.map(({ output }) => output);
  const [inputs, outputs] = filter.shape.slice(-2) as [number, number];
  const shape = [batch, ...windows, outputs];
  if (tf.util.sizeFromShape([...shape, inputs]) === 0) return tf.zeros(shape, "int32");
  const weights = tf.reshape(filter, [-1, inputs, outputs]);
  const products = tapsOf(padOrCrop(x, coveringPads(axes)), axes).map((below, tap) =>
    tf.matMul(
      tf.reshape(below, [-1, inputs]),
      tf.reshape(tf.slice(weights, [tap, 0, 0], [1, inputs, outputs]), [inputs, outputs]),
    ),
  );
  return tf.reshape(
    products.reduce((sum, product) => tf.add(sum, product)),
    shape,
  );
});
