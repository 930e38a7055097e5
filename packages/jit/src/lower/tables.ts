/** @file Tables of numbers that lowerings compute from shapes and attributes. */
import { load } from "../expr/expr.ts";
import { product } from "../expr/segments.ts";
import { laneOfDtype, type Lowering, type Tensor } from "./context.ts";

/** The number at each place of `shape`, row-major. */
export function tabulated(
  lowering: Lowering,
  shape: readonly number[],
  dtype: "float32" | "int32",
  at: (place: number) => number,
): Tensor {
  const size = product(shape);
  const elements = dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
  for (let i = 0; i < size; i++) elements[i] = at(i);
  const buffer = lowering.buffer(size, { kind: "constant", elements });
  return { shape, dtype, expr: load(buffer, laneOfDtype(dtype)) };
}
