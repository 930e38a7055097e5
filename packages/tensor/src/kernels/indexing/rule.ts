/** @file The rule for indices, everywhere: what is outside gives a filled row when read, and is dropped when written. */
import type { DataType } from "@tensorflow/tfjs-core";

/** What a row holds that an index outside reads, as in `jax.numpy.take`. */
export function fillValue(dtype: DataType): number {
  if (dtype === "float32") return NaN;
  return dtype === "int32" ? -(2 ** 31) : 1;
}

/** No row. */
export const OUTSIDE = -1;

/** The row of `n` that an index of GatherV2 means: one from `-n` on counts from the end. */
export function rowOf(index: number, n: number): number {
  const row = index < 0 ? index + n : index;
  return row >= 0 && row < n ? row : OUTSIDE;
}

/** The flat place that `depth` components of an index tuple lead to, none of which may be outside. */
export function placeOf(
  indices: ArrayLike<number>,
  from: number,
  shape: readonly number[],
  depth: number,
): number {
  let place = 0;
  for (let i = 0; i < depth; i++) {
    const index = indices[from + i]!;
    if (index < 0 || index >= shape[i]!) return OUTSIDE;
    place = place * shape[i]! + index;
  }
  return place;
}
