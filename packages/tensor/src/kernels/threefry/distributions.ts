/** @file From 32 random bits to an element of each distribution, in JAX's float32 arithmetic. */
import type { Distribution } from "../shapes.ts";
import { erf, erfInv } from "./erf.ts";
import { nextAfter, TINY } from "./float32.ts";

const fround = Math.fround;

/** `sqrt(2)` as a float32. */
export const SQRT2 = fround(Math.SQRT2);

/** All distributions but `randint`, which needs two draws an element. */
export type OneDraw = Exclude<Distribution, "randint">;

/** 32 bits to an element, not yet rounded to float32 where storing it does that. */
export type Sample = (bits: number) => number;

/** The rule of each distribution, from its parameters. */
export const samplers: Record<OneDraw, (...parameters: number[]) => Sample> = {
  bits: () => (bits) => bits,
  uniform: (minval = 0, maxval = 1) => uniformBetween(minval, maxval),
  normal: () => (bits) => SQRT2 * erfInv(symmetric(bits)),
  truncatedNormal: (lower = -2, upper = 2) => {
    const { low, high, least, greatest } = truncation(lower, upper);
    const uniform = uniformBetween(low, high);
    return (bits) => Math.min(greatest, Math.max(least, fround(SQRT2 * erfInv(uniform(bits)))));
  },
  bernoulli: (p = 0.5) => {
    const limit = fround(p);
    return (bits) => (unit(bits) < limit ? 1 : 0);
  },
  gumbel: () => (bits) => -Math.log(-fround(Math.log(positive(bits)))),
  exponential: () => (bits) => -Math.log1p(-unit(bits)),
  laplace: () => (bits) => {
    const u = symmetric(bits);
    return Math.sign(u) * Math.log1p(-Math.abs(u));
  },
  logistic: () => (bits) => {
    const u = positive(bits);
    return Math.log(fround(u / fround(1 - u)));
  },
};

/** The uniform interval that `truncatedNormal` draws from (`low`, `high`), and the values between which it clips. */
export function truncation(lower: number, upper: number) {
  return {
    low: erf(fround(fround(lower) / SQRT2)),
    high: erf(fround(fround(upper) / SQRT2)),
    least: nextAfter(fround(lower), Infinity),
    greatest: nextAfter(fround(upper), -Infinity),
  };
}

/** The constants of `randint`, as uint32: an offset is `((a % span) * multiplier + b % span) % span`; `span` 0 means 2^32. */
export function integerSpan(minval: number, maxval: number): { span: number; multiplier: number } {
  const span = (maxval - minval) >>> 0;
  const rest = remainder(65536, span);
  return { span, multiplier: remainder(Math.imul(rest, rest) >>> 0, span) };
}

/** An integer of `randint` from two draws. */
export function integerFrom(
  high: number,
  low: number,
  minval: number,
  { span, multiplier }: { span: number; multiplier: number },
): number {
  const product = Math.imul(remainder(high >>> 0, span), multiplier);
  return minval + remainder((product + remainder(low >>> 0, span)) >>> 0, span);
}

function remainder(word: number, span: number): number {
  return span === 0 ? word : word % span;
}

/** Uniform in [0, 1): 23 bits. */
function unit(bits: number): number {
  return (bits >>> 9) * 2 ** -23;
}

/** Uniform in (0, 1): JAX's `uniform(tiny, 1)`, whose sum changes 0 only. */
function positive(bits: number): number {
  return unit(bits) || TINY;
}

/** Uniform in (-1, 1): JAX's `uniform(nextafter(-1, 0), 1)`, exact in float32. */
function symmetric(bits: number): number {
  return 2 * unit(bits) - (1 - 2 ** -24);
}

/** The product and the sum are rounded once, together, as JAX's compiled code does. */
function uniformBetween(minval: number, maxval: number): Sample {
  const low = fround(minval);
  const span = fround(fround(maxval) - low);
  return (bits) => Math.max(low, fround(unit(bits) * span + low));
}
