/** @file Rounding, remainders, signs, square roots. */
import { inlined } from "./vector-function.ts";

/** To the nearest integer, halves to the even one, as `tf.round`. */
export const round = inlined(1, ({ F }, x) => F.nearest(x));
export const floor = inlined(1, ({ F }, x) => F.floor(x));
export const ceil = inlined(1, ({ F }, x) => F.emits("f32x4.ceil", x));

/** -1, 0 or 1; 0 of NaN, as `tf.sign`. */
export const sign = inlined(1, ({ F }, x) => F.sub(F.and(F.gt(x, 0), 1), F.and(F.lt(x, 0), 1)));

export const sqrt = inlined(1, ({ F }, x) => F.sqrt(x));
export const rsqrt = inlined(1, ({ F }, x) => F.div(1, F.sqrt(x)));
export const reciprocal = inlined(1, ({ F }, x) => F.div(1, x));

/** The quotient rounded down, as `tf.floorDiv` of float32. */
export const floorDiv = inlined(2, ({ F }, x, y) => F.floor(F.div(x, y)));
