/** @file Sums and the like along an axis, and what is made of them. */
import * as tf from "@tensorflow/tfjs-core";
import { type Array64, generate, read, reduceAxis } from "../array.ts";
import { type Operation, reduction, sum } from "./operation.ts";

export const reductions: readonly Operation[] = [
  ...reduction(
    "mean",
    (x, axis, keep) => tf.mean(x, axis, keep),
    (values) => sum(values) / values.length,
  ),
  ...reduction("sum", (x, axis, keep) => tf.sum(x, axis, keep), sum),
  ...reduction(
    "max",
    (x, axis, keep) => tf.max(x, axis, keep),
    (values) => Math.max(...values),
  ),
  ...reduction(
    "min",
    (x, axis, keep) => tf.min(x, axis, keep),
    (values) => Math.min(...values),
  ),
  ...reduction(
    "logSumExp",
    (x, axis, keep) => tf.logSumExp(x, axis, keep),
    (values) => Math.log(sum(values.map(Math.exp))),
  ),
  ...reduction(
    "prod of cos",
    (x, axis, keep) => tf.prod(tf.cos(x), axis, keep),
    (values) => values.map(Math.cos).reduce((a, b) => a * b, 1),
  ),
  {
    name: "normalised",
    fits: (shape) => shape.length > 0,
    tensor: (_, x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.1)));
    },
    exact: (_, x) => {
      const last = x.shape.length - 1;
      const mean = reduceAxis(x, last, (values) => sum(values) / values.length);
      const variance = reduceAxis(x, last, (values) => {
        const center = sum(values) / values.length;
        return sum(values.map((value) => (value - center) ** 2)) / values.length;
      });
      return generate(
        x.shape,
        (index) => (read(x, index) - read(mean, index)) / Math.sqrt(read(variance, index) + 0.1),
      );
    },
  },
  {
    name: "softmax",
    fits: (shape) => shape.length > 0,
    tensor: (_, x) => tf.softmax(x),
    exact: (_, x) => {
      const last = x.shape.length - 1;
      const powers: Array64 = { shape: x.shape, data: x.data.map(Math.exp) };
      const sums = reduceAxis(powers, last, sum);
      return generate(x.shape, (index) => read(powers, index) / read(sums, index));
    },
  },
];
