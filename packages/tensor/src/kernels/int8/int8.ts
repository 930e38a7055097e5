/** @file Operations on rows of int8 that are packed in int32 words. */
import * as tf from "@tensorflow/tfjs-core";
import { full } from "../../abstract/full.ts";
import { runKernel } from "../run.ts";
import { Int8ArgumentError } from "./errors.ts";
import { int8Words } from "./layout.ts";

/**
 * Packed rows of int8 as float32: `[...rows, int8Words(columns)] → [...rows, columns]`, integers from -128 to 127.
 *
 * Words are integers and have no gradient.
 *
 * @param words int32, as `packInt8` makes them
 * @throws {Int8ArgumentError} for other types, and for words of another number of columns
 */
export function int8Unpack(words: tf.Tensor, columns: number): tf.Tensor {
  assertWords("int8Unpack", words, columns);
  if (words.size === 0) return full([...words.shape.slice(0, -1), columns], 0);
  return runKernel("Int8Unpack", { words }, { columns });
}

/**
 * The product of floats and packed rows of int8, `[m, k] → [m, columns]`, which reads a quarter of the memory of a
 * product of floats. Differentiable with respect to `x`. To multiply by weights with a scale a column, multiply the
 * columns of the result.
 *
 * Of few rows of `x` the words are read as they lie; of many they are made floats first.
 *
 * @param x float32 `[m, k]`
 * @param words int32 `[k, int8Words(columns)]`, as `packInt8` makes them
 * @throws {Int8ArgumentError} for other types and shapes
 */
export function int8MatMul(x: tf.Tensor, words: tf.Tensor, columns: number): tf.Tensor {
  assertWords("int8MatMul", words, columns);
  const fits = x instanceof tf.Tensor && x.dtype === "float32" && x.rank === 2 && words.rank === 2;
  if (!fits || x.shape[1] !== words.shape[0]) {
    throw new Int8ArgumentError(
      `int8MatMul: expected float32 [m, ${words.shape[0]}] to multiply by words [${words.shape.join(", ")}], ` +
        `found ${describe(x)}.\nReshape or cast x: tf.reshape(x, [-1, ${words.shape[0]}]).`,
    );
  }
  if (x.size === 0 || columns === 0) return full([x.shape[0], columns], 0);
  return runKernel("Int8MatMul", { x, words }, { columns });
}

function assertWords(operation: string, words: tf.Tensor, columns: number): void {
  const isCount = Number.isInteger(columns) && columns >= 0;
  const fits =
    isCount &&
    words instanceof tf.Tensor &&
    words.dtype === "int32" &&
    words.rank > 0 &&
    words.shape.at(-1) === int8Words(columns);
  if (fits) return;
  const expected = isCount
    ? `int32 [..., ${int8Words(columns)}] for ${columns} columns`
    : "a number of columns";
  throw new Int8ArgumentError(
    `${operation}: expected ${expected}, found ${isCount ? describe(words) : String(columns)}.\n` +
      `Make words by tf.tensor(packInt8(values, columns), [rows, int8Words(columns)], "int32").`,
  );
}

function describe(x: unknown): string {
  return x instanceof tf.Tensor ? `${x.dtype} [${x.shape.join(", ")}]` : typeof x;
}
