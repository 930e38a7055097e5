/** @file Gradients of products with packed int8: for the floats, not for the words. */
import * as tf from "@tensorflow/tfjs-core";
import { int8Unpack } from "../kernels/int8/int8.ts";
import type { KernelAttrs } from "../kernels/shapes.ts";
import { gradient } from "./gradient.ts";

export const int8Gradients: tf.GradConfig[] = [
  gradient<"words", KernelAttrs<"Int8MatMul">>("Int8MatMul", ["words"], (dy, { words }, { columns }) => ({
    x: () => tf.matMul(dy, int8Unpack(words, columns), false, true),
  })),
];
