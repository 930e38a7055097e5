/** @file log, log1p, and functions of them. */
import type { Local } from "../assembler/types.ts";
import type { Expression, Operand } from "./lanes.ts";
import { exp } from "./exponential.ts";
import { called, type Context } from "./vector-function.ts";

const LN2_HIGH = 0.693138122558594; // 0x3f317180: products with exponents are exact
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** log(1 + f) = f - f²/2 + s (f²/2 + R(s²)), s = f / (2 + f). @see musl's logf, FreeBSD's e_logf.c */
const R = [0.24279078841, 0.28498786688, 0.40000972152, 0.66666662693];
/** The bits of √½ rounded up; mantissas from there on belong to the next exponent. */
const HALF_ROOT = 0x3f3504f3;

/** x = 2^k (1 + f), √½ <= 1 + f < √2, for positive normal `x`: `k` as int32. */
function split({ F, I }: Context, x: Operand): { f: Local; k: Local } {
  const shifted = I.keep(I.sub(x, HALF_ROOT));
  const k = I.keep(I.shr(shifted, 23));
  const mantissa = I.add(I.and(shifted, 0x7fffff), HALF_ROOT);
  return { k, f: F.keep(F.sub(mantissa, 1)) };
}

/** k ln 2 + log(1 + f) + c, for a small correction `c`. */
function combine({ F }: Context, f: Local, k: Operand, c: Operand): Expression {
  const s = F.keep(F.div(f, F.add(f, 2)));
  const z = F.keep(F.mul(s, s));
  const half = F.keep(F.mul(F.mul(f, f), 0.5));
  const inner = F.mul(s, F.add(half, F.mul(z, F.horner(z, R))));
  return F.multiplyAdd(k, LN2_HIGH, F.add(F.sub(F.add(inner, F.multiplyAdd(k, LN2_LOW, c)), half), f));
}

/** `value`, with the logarithm's poles and where it is undefined: `x` is the argument, `pole` where it is -∞. */
function withLimits({ F }: Context, x: Local, pole: number, value: Expression): Expression {
  const finite = F.select(F.eq(x, Infinity), x, value);
  const defined = F.select(F.eq(x, pole), -Infinity, finite);
  // Not `lt`: NaN is undefined, too.
  return F.select(F.ge(x, pole), defined, NaN);
}

export const log = called("log", 1, (context, x) => {
  const { F, I } = context;
  const tiny = I.keep(F.lt(x, 2 ** -126));
  const normal = F.keep(F.select(tiny, F.mul(x, 2 ** 23), x));
  const { f, k } = split(context, normal);
  const exponent = I.sub(k, I.and(tiny, 23));
  const real = F.keep(F.emits("f32x4.convert_i32x4_s", exponent));
  return withLimits(context, x, 0, combine(context, f, real, 0));
});

export const log1p = called("log1p", 1, (context, x) => {
  const { F, I } = context;
  const u = F.keep(F.add(x, 1));
  const { f, k } = split(context, u);
  const real = F.keep(F.emits("f32x4.convert_i32x4_s", k));
  // What rounding 1 + x lost, relative to it.
  const lost = F.select(F.ge(real, 2), F.sub(1, F.sub(u, x)), F.sub(x, F.sub(u, 1)));
  const near = I.keep(I.eq(k, 0));
  const correction = F.keep(F.without(F.div(lost, u), near));
  const fraction = F.keep(F.select(near, x, f));
  const value = F.select(F.lt(F.abs(x), 1e-20), x, combine(context, fraction, real, correction));
  return withLimits(context, x, -1, value);
});

/** log(1 + e^x), without overflow. */
export const softplus = called("softplus", 1, ({ F, call }, x) => {
  const tail = call(log1p, call(exp, F.neg(F.abs(x))));
  return F.add(F.atLeast(x, 0), tail);
});

export const asinh = called("asinh", 1, ({ F, call }, x) => {
  const a = F.keep(F.abs(x));
  const square = F.keep(F.mul(a, a));
  // log1p(a + a² / (1 + √(1 + a²))); beyond 2^12, log(a) + ln 2.
  const small = call(log1p, F.add(a, F.div(square, F.add(F.sqrt(F.add(square, 1)), 1))));
  const large = F.add(call(log, a), Math.LN2);
  return F.or(F.and(x, -0), F.select(F.gt(a, 4096), large, small));
});

export const acosh = called("acosh", 1, ({ F, call }, x) => {
  const t = F.keep(F.sub(x, 1));
  const small = call(log1p, F.add(t, F.sqrt(F.add(F.mul(t, 2), F.mul(t, t)))));
  const large = F.add(call(log, x), Math.LN2);
  return F.select(F.lt(x, 1), NaN, F.select(F.gt(x, 4096), large, small));
});

export const atanh = called("atanh", 1, ({ F, call }, x) => {
  const a = F.keep(F.abs(x));
  // log1p(2 a / (1 - a)) / 2
  const value = F.mul(call(log1p, F.div(F.add(a, a), F.sub(1, a))), 0.5);
  return F.or(F.and(x, -0), F.select(F.lt(a, 1e-20), a, value));
});
