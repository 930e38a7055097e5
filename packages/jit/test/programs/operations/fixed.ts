/** @file Parameters of operations that have no operands for them. */
import * as tf from "@tensorflow/tfjs-core";
import { type Array64, sizeOf } from "../array.ts";

/** A fixed tensor of a shape, for filters and other parameters. */
export const fixed = (shape: readonly number[]): Array64 => ({
  shape,
  data: Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(Math.sin(1 + 2 * i) / 2)),
});

export const tensorOf = ({ shape, data }: Array64) => tf.tensor([...data], [...shape], "float32");
