/** @file Tells launches that give what they take. */
import * as tf from "@tensorflow/tfjs-core";
import { isSameShape } from "./same-shape.ts";

/** Whether a launch of `kernelName` on `x` alone, with an output of this shape and dtype, is a copy. */
export function isCopy(
  kernelName: string,
  x: { readonly shape: readonly number[]; readonly dtype: tf.DataType },
  output: { readonly shape: readonly number[]; readonly dtype: tf.DataType },
): boolean {
  if (kernelName === tf.Identity) return true;
  if (kernelName === tf.Cast) return x.dtype === output.dtype;
  return kernelName === tf.Reshape && isSameShape(x.shape, output.shape);
}
