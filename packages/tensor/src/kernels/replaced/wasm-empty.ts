/** @file Kernels of the wasm backend that go wrong where there is nothing to compute: they answer what was in memory, or divide by zero. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** What a reduction over no elements gives, as on cpu: there maximum and minimum have no meaning. */
const NOTHING: Readonly<Record<string, number>> = {
  [tf.Sum]: 0,
  [tf.Mean]: 0,
  [tf.Prod]: 1,
  [tf.Max]: NaN,
  [tf.Min]: NaN,
  [tf.Any]: 0,
  [tf.All]: 1,
};

/** A tensor of `shape` that holds nothing but `value`. */
export function filled(
  backend: BackendWasm,
  shape: readonly number[],
  dtype: tf.DataType,
  value: number,
): tf.TensorInfo {
  const output = backend.makeOutput([...shape], dtype);
  backend.typedArrayFromHeap(output).fill(value);
  return output;
}

/** Whether a tensor has no elements. */
function isEmpty({ shape }: tf.TensorInfo): boolean {
  return shape.includes(0);
}

/** Maximum has another name for its axes. */
interface ReductionAttrs {
  axis?: number | number[] | undefined;
  reductionIndices?: number | number[] | undefined;
  keepDims?: boolean | undefined;
}

function reducingNothing(dtype: tf.DataType | undefined, value: number): Replacement {
  return (original) => (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    if (!isEmpty(x)) return original(call);
    const { axis, reductionIndices, keepDims } = call.attrs as unknown as ReductionAttrs;
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
    const shape = keepDims
      ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
      : x.shape.filter((_, i) => !axes.includes(i));
    return filled(call.backend as BackendWasm, shape, dtype ?? x.dtype, value);
  };
}

const transposingNothing: Replacement = (original) => (call) => {
  const { x } = call.inputs as { x: tf.TensorInfo };
  if (!isEmpty(x)) return original(call);
  const { perm } = call.attrs as unknown as tf.TransposeAttrs;
  return filled(call.backend as BackendWasm, perm.map((axis) => x.shape[axis]!), x.dtype, 0); // prettier-ignore
};

/** Replaces wasm's reductions and its transpose, for tensors without elements. */
export const wasmEmpty: readonly ReplacedKernel[] = [
  ...Object.entries(NOTHING).map(
    ([kernelName, value]) =>
      [kernelName, reducingNothing(kernelName === tf.Mean ? "float32" : undefined, value)] as const,
  ),
  [tf.Transpose, transposingNothing],
];
