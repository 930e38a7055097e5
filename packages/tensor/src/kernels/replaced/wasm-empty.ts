/** @file Kernels of the wasm backend that go wrong where there is nothing to compute: they answer what was in memory, or divide by zero. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { reductionsOfNothing } from "./empty-reductions.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

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

const transposingNothing: Replacement = (original) => (call) => {
  const { x } = call.inputs as { x: tf.TensorInfo };
  if (!isEmpty(x)) return original(call);
  const { perm } = call.attrs as unknown as tf.TransposeAttrs;
  return filled(call.backend as BackendWasm, perm.map((axis) => x.shape[axis]!), x.dtype, 0); // prettier-ignore
};

/** Replaces wasm's reductions and its transpose, for tensors without elements. */
export const wasmEmpty: readonly ReplacedKernel[] = [
  ...reductionsOfNothing("wasm"),
  [tf.Transpose, transposingNothing],
];
