/** @file Gradients of the kernels that optimisers are made of, so that an update can be differentiated. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelAttrs } from "../kernels/shapes.ts";
import { gradient } from "./gradient.ts";

/** From the saved inputs by `tf` operations, so that gradients of any order are right. */
export const optimizerGradients: tf.GradConfig[] = [
  gradient<never, KernelAttrs<"LinearCombination">>("LinearCombination", [], (dy, _, { a, b }) => ({
    x: () => tf.mul(dy, a),
    y: () => tf.mul(dy, b),
  })),
  gradient<"x", KernelAttrs<"SquareCombination">>("SquareCombination", ["x"], (dy, { x }, { a, b }) => ({
    x: () => tf.mul(tf.mul(dy, x), 2 * a),
    y: () => tf.mul(dy, b),
  })),
  gradient<"mean" | "square" | "meanPower" | "squarePower", KernelAttrs<"AdamDirection">>(
    "AdamDirection",
    ["mean", "square", "meanPower", "squarePower"],
    (dy, { mean, square, meanPower, squarePower }, { eps, epsRoot }) => {
      const meanShare = tf.sub(1, meanPower);
      const squareShare = tf.sub(1, squarePower);
      const unbiasedMean = tf.div(mean, meanShare);
      const unbiasedSquare = tf.div(square, squareShare);
      const root = tf.sqrt(tf.add(unbiasedSquare, epsRoot));
      const denominator = tf.add(root, eps);
      const toUnbiasedMean = tf.div(dy, denominator);
      // d(m / (r + eps)) / dv = -m / (r + eps)² / (2 r)
      const toUnbiasedSquare = () =>
        tf.neg(tf.div(tf.mul(toUnbiasedMean, tf.div(unbiasedMean, denominator)), tf.mul(root, 2)));
      return {
        mean: () => tf.div(toUnbiasedMean, meanShare),
        square: () => tf.div(toUnbiasedSquare(), squareShare),
        meanPower: () => tf.div(tf.sum(tf.mul(toUnbiasedMean, unbiasedMean)), meanShare),
        squarePower: () => tf.div(tf.sum(tf.mul(toUnbiasedSquare(), unbiasedSquare)), squareShare),
      };
    },
  ),
];
