/** @file Tensors that are written into the file. */
import type { Dtype, Elements } from "@nnx-js/jit/graph";

/** Element types of tensors in a file: those of graphs, and what shapes and indices are made of. */
export type OnnxDtype = Dtype | "int64" | "uint8";

/** A tensor with its elements, row-major. */
export interface OnnxArray {
  readonly dtype: OnnxDtype;
  readonly shape: readonly number[];
  readonly elements: Elements | BigInt64Array;
}

/** Whole numbers, as shapes and axes are given. */
export function int64Array(
  numbers: readonly number[],
  shape: readonly number[] = [numbers.length],
): OnnxArray {
  return { dtype: "int64", shape, elements: BigInt64Array.from(numbers, BigInt) };
}

/** One number. */
export function scalarArray(value: number, dtype: Dtype): OnnxArray {
  const elements =
    dtype === "float32"
      ? Float32Array.of(value)
      : dtype === "int32"
        ? Int32Array.of(value)
        : Uint8Array.of(value);
  return { dtype, shape: [], elements };
}

/** The same elements with the axes in the order `perm`. */
export function transposedArray({ dtype, shape, elements }: OnnxArray, perm: readonly number[]): OnnxArray {
  const result = elements.slice();
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const sizes = perm.map((axis) => shape[axis]!);
  const steps = perm.map((axis) => strides[axis]!);
  const index = sizes.map(() => 0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = elements[source]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      source += steps[axis]!;
      if (index[axis]! < sizes[axis]!) break;
      source -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape: sizes, elements: result };
}

/** The bytes of the elements, as ONNX has them: little-endian, row-major. */
export function bytesOf({ elements }: OnnxArray): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}
