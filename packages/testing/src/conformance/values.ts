/** @file The numbers that kernels are tried on. */
import { type Dtype, type Plain, sizeOf } from "./array.ts";

/** Random numbers of [0, 1) from a seed, the same everywhere (Steele and Vigna's mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const signed = (values: number[]) => values.flatMap((value) => [value, -value]);

/** Zeros of both signs, integers, halves, and numbers of all sizes up to 1e4. */
export const ORDINARY = [
  ...signed([0, 1, 0.5, 1.5, 2, 2.5, 3, 0.1, 0.3, 0.7, 0.99, 1.01, 4, 7, 10, 17.3, 100, 1e4]),
  ...signed([1e-2, 1e-3, 1e-4, 1e-5, 1e-6]),
];

/** Numbers that formulas such as log(1 + x) lose. */
export const SMALL = signed([1e-7, 5e-8, 1e-8, 1e-10, 1e-15, 1e-20, 1e-30, 1.1754943508222875e-38]);

/** Numbers whose squares or exponentials overflow. */
export const LARGE = signed([80, 87, 90, 104, 1e6, 16777216, 1e10, 1e20, 3e30, 3.4028234663852886e38]);

export const DENORMAL = signed([1.401298464324817e-45, 1e-42, 1e-40, 1.1754942106924411e-38]);

export const NOT_FINITE = [NaN, Infinity, -Infinity];

/** Integers that float32 cannot hold, and the ends of int32. */
export const LARGE_INTEGERS = [
  ...signed([16777217, 33554433, 123456789, 1073741825, 2147483647]),
  2147483646,
  -2147483648,
];

export const INTEGERS = [0, 1, -1, 2, -2, 3, 5, -7, 10, 100, -128, 255, 256, 1000, 65536, -99999];

/** `count` numbers, from -`size` to `size`. */
export function uniform(count: number, seed: number, size = 1): number[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => Math.fround((2 * random() - 1) * size));
}

/** `count` integers of [low, high). */
export function integers(count: number, seed: number, low: number, high: number): number[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => low + Math.floor(random() * (high - low)));
}

/** An array of random elements: floats of [-2, 2), integers of [-9, 9], booleans. */
export function random(dtype: Dtype, shape: readonly number[], seed = 1): Plain {
  const size = sizeOf(shape);
  if (dtype === "float32") return { dtype, shape, values: uniform(size, seed, 2) };
  if (dtype === "int32") return { dtype, shape, values: integers(size, seed, -9, 10) };
  return { dtype, shape, values: integers(size, seed, 0, 2) };
}

/** An array of different elements: 1, 2, 3, …; of int32, such that float32 cannot hold them. */
export function counted(dtype: Dtype, shape: readonly number[]): Plain {
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => i + 1);
  if (dtype === "int32")
    return { dtype, shape, values: values.map((i) => (i % 2 === 0 ? 1 : -1) * (16777216 + i)) };
  if (dtype === "bool")
    return { dtype, shape, values: values.map((i) => (i % 3 === 0 || i % 4 === 1 ? 1 : 0)) };
  return { dtype, shape, values: values.map((i) => i / 2) };
}

/** Shapes with empty axes, axes of size 1, and all ranks from 0 to 6. */
export const SHAPES: readonly (readonly number[])[] = [
  [],
  [1],
  [0],
  [5],
  [2, 3],
  [3, 0],
  [1, 4, 1],
  [2, 3, 2, 2],
  [2, 0, 1, 3, 1],
  [2, 1, 3, 1, 2],
  [1, 2, 1, 3, 2, 2],
];

export const DTYPES: readonly Dtype[] = ["float32", "int32", "bool"];
