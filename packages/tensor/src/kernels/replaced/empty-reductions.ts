/** @file Reductions over no elements, for which a backend answers what was in memory, or writes code that does not compile. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** What a reduction over no elements gives: what changes nothing when it is combined, and for a mean 0 / 0. */
const NOTHING: Readonly<Record<string, number>> = {
  [tf.Sum]: 0,
  [tf.Mean]: NaN,
  [tf.Prod]: 1,
  [tf.Max]: -Infinity,
  [tf.Min]: Infinity,
  [tf.Any]: 0,
  [tf.All]: 1,
};

/** Replaces the reductions of a backend. */
export function reductionsOfNothing(backendName: string): readonly ReplacedKernel[] {
  return Object.entries(NOTHING).map(([kernelName, value]): ReplacedKernel => [
    kernelName,
    reducingNothing(kernelName === tf.Mean ? "float32" : undefined, value, backendName),
  ]);
}

/** Maximum has another name for its axes. */
interface ReductionAttrs {
  axis?: number | number[] | undefined;
  reductionIndices?: number | number[] | undefined;
  keepDims?: boolean | undefined;
}

function reducingNothing(dtype: tf.DataType | undefined, value: number, backendName: string): Replacement {
  return (original) => (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    if (!x.shape.includes(0)) return original(call);
    const { axis, reductionIndices, keepDims } = call.attrs as unknown as ReductionAttrs;
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
    const shape = keepDims
      ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
      : x.shape.filter((_, i) => !axes.includes(i));
    return compose(call.backend as tf.KernelBackend, backendName, (run) =>
      run(tf.Fill, {}, { shape, value: inRange(value, dtype ?? x.dtype), dtype: dtype ?? x.dtype }),
    );
  };
}

/** Integers end where they end. */
function inRange(value: number, dtype: tf.DataType): number {
  if (dtype !== "int32") return value;
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}
