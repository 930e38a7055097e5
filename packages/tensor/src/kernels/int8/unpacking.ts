/** @file Products of floats and packed int8 by way of floats. */
import * as tf from "@tensorflow/tfjs-core";
import { composed } from "../composed.ts";
import { runKernel } from "../run.ts";

/** Int8MatMul by the backend's own product. */
export const int8MatMulByUnpacking = composed<"x" | "words", { columns: number }>(
  ({ x, words }, { columns }) => tf.matMul(x, runKernel("Int8Unpack", { words }, { columns })),
);
