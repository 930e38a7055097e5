/** @file Checks of the arguments that random functions share. */
import * as tf from "@tensorflow/tfjs-core";
import { RandomArgumentError } from "./errors.ts";

const INT32_MIN = -(2 ** 31);
const UINT32_END = 2 ** 32;

/** Refuses what is not an int32 tensor [2]. */
export function checkKey(name: string, key: tf.Tensor): void {
  if (isTensor(key, "int32") && key.rank === 1 && key.shape[0] === 2) return;
  const repair =
    isTensor(key, "int32") && key.rank === 2 && key.shape[1] === 2
      ? "These are several keys: take one with random.take(keys, i)."
      : "Make one: random.key(0).";
  throw new RandomArgumentError(`random.${name}: key`, "a key, an int32 tensor [2]", describe(key), repair);
}

/** Refuses what is not an int32 tensor [n, 2]. */
export function checkKeys(name: string, keys: tf.Tensor): void {
  if (isTensor(keys, "int32") && keys.rank === 2 && keys.shape[1] === 2) return;
  throw new RandomArgumentError(
    `random.${name}: keys`,
    "keys, an int32 tensor [n, 2]",
    describe(keys),
    "Make some: random.split(random.key(0), 3).",
  );
}

/** Refuses what is not an int32 scalar. */
export function checkInt32Scalar(where: string, value: tf.Tensor): void {
  if (isTensor(value, "int32") && value.rank === 0) return;
  throw new RandomArgumentError(
    where,
    "an int32 scalar tensor",
    describe(value),
    'Make one: tf.scalar(0, "int32").',
  );
}

/** The shape as a mutable array; refuses lengths that are not integers from 0 up. */
export function checkShape(name: string, shape: readonly number[]): number[] {
  if (Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    return [...shape];
  }
  throw new RandomArgumentError(
    `random.${name}: shape`,
    "an array of integers from 0 up",
    describe(shape),
    `For instance random.${name}(key, ..., [3, 4]); a scalar's shape is [].`,
  );
}

/** Refuses what is not an integer in `[least, end)`. */
export function checkInteger(
  where: string,
  value: number,
  repair: string,
  [least, end]: readonly [number, number] = [INT32_MIN, UINT32_END],
): void {
  if (Number.isSafeInteger(value) && value >= least && value < end) return;
  throw new RandomArgumentError(where, `an integer from ${least} to ${end - 1}`, describe(value), repair);
}

/** Refuses bounds that are not numbers with `low < high`. */
export function checkBounds(
  name: string,
  [lowName, highName]: readonly [string, string],
  low: number,
  high: number,
) {
  if (typeof low === "number" && typeof high === "number" && low < high) return;
  throw new RandomArgumentError(
    `random.${name}: ${lowName}, ${highName}`,
    `numbers with ${lowName} < ${highName}`,
    `${describe(low)} and ${describe(high)}`,
    "Swap or widen the bounds.",
  );
}

/** What a value is, for an error's text. */
export function describe(value: unknown): string {
  if (value instanceof tf.Tensor) return `${value.dtype} tensor [${value.shape.join(", ")}]`;
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return `a ${value.constructor?.name ?? "plain object"}`;
  return typeof value === "function" ? "a function" : String(value);
}

function isTensor(value: unknown, dtype: tf.DataType): value is tf.Tensor {
  return value instanceof tf.Tensor && value.dtype === dtype;
}
