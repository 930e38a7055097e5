/** @file How rows of int8 lie in int32 words: TensorFlow.js has no dtype of one byte. */

import { Int8ArgumentError } from "./errors.ts";

/** Bytes of a word. */
const BYTES = 4;
/** Words of a row come in so many: a vector's worth. */
const VECTOR = 4;

/**
 * Words that a row of `columns` int8 takes: a quarter of them, up to a multiple of 4. Byte `j` of word `i`, the lowest
 * first, is column `j * int8Words(columns) + i`, so that one operation on neighbouring words gives neighbouring
 * columns; bytes behind the last column are 0.
 */
export function int8Words(columns: number): number {
  return VECTOR * Math.ceil(columns / (BYTES * VECTOR));
}

/**
 * Rows of `columns` int8 each as words: int32 `[rows, int8Words(columns)]`, row-major.
 *
 * @throws {Int8ArgumentError} for other arrays, and for values that do not fill rows
 */
export function packInt8(values: Int8Array, columns: number): Int32Array {
  assertRows(values, columns);
  const width = int8Words(columns);
  const rows = columns === 0 ? 0 : values.length / columns;
  const words = new Int32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const byte = values[row * columns + column]! & 0xff;
      words[row * width + (column % width)]! |= byte << (8 * Math.floor(column / width));
    }
  }
  return words;
}

function assertRows(values: Int8Array, columns: number): void {
  if (!(values instanceof Int8Array)) {
    throw new Int8ArgumentError(
      `packInt8: expected an Int8Array, found ${typeof values}. Write Int8Array.from(values, Math.round).`,
    );
  }
  const isCount = Number.isInteger(columns) && columns >= 0;
  if (isCount && (columns === 0 ? values.length === 0 : values.length % columns === 0)) return;
  throw new Int8ArgumentError(
    `packInt8: expected columns that divide ${values.length} values into rows, found ${String(columns)}.`,
  );
}
