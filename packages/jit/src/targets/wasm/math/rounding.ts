/** @file Rounding, signs, square roots. */
import type { Expression, Lanes, Operand } from "./lanes.ts";
import { called, inlined } from "./vector-function.ts";

/** To the nearest integer, halves to the even one, as `tf.round`. */
export const round = inlined(1, ({ F }, x) => F.nearest(x));
export const floor = inlined(1, ({ F }, x) => F.floor(x));
export const ceil = inlined(1, ({ F }, x) => F.emits("f32x4.ceil", x));

/** -1, 0 or 1; 0 of NaN, as `tf.sign`. */
export const sign = inlined(1, ({ F }, x) => F.sub(F.and(F.gt(x, 0), 1), F.and(F.lt(x, 0), 1)));

export const sqrt = inlined(1, ({ F }, x) => F.sqrt(x));
export const rsqrt = inlined(1, ({ F }, x) => F.div(1, F.sqrt(x)));
export const reciprocal = inlined(1, ({ F }, x) => F.div(1, x));

/** `x` modulo 2^32, between -2^31 and 2^31, but for a fraction; NaN of infinities. */
export function wrapped(L: Lanes, x: Operand): Expression {
  // Each step is exact: bits of x are left out, and no new ones come up.
  const whole = L.keep(L.trunc(x));
  const rest = L.keep(L.sub(whole, L.mul(L.trunc(L.mul(whole, 2 ** -32)), 2 ** 32)));
  const above = L.and(L.ge(rest, 2 ** 31), 2 ** 32);
  const below = L.and(L.lt(rest, -(2 ** 31)), 2 ** 32);
  return L.add(L.sub(rest, above), below);
}

/**
 * The integer of a float32: rounded towards zero, then modulo 2^32; 0 of NaN and infinities. As JavaScript's
 * conversion, by which TensorFlow.js casts.
 */
export const toInt = called("toInt", 1, ({ F }, x) => F.emits("i32x4.trunc_sat_f32x4_s", wrapped(F, x)));
