/** @file The largest or the smallest of many floats. */
import { takesSecondOfEqual } from "../assembler/features.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import { Lanes } from "./lanes.ts";

const INFINITY_BITS = 0x7f80_0000;
const SIGN = -(2 ** 31);

/**
 * An extreme of float32 vectors that is NaN if one of them is and tells 0 from -0, where the exact instruction is slow:
 * three instructions for each vector. The bits, as int32 and as uint32, tell at the end what comparing does not.
 */
export class Extreme {
  readonly #f: FunctionBuilder;
  readonly #isMax: boolean;
  /** Of all but NaN, with any zero for zero. */
  readonly #value: Local;
  /** The largest of the bits as int32: NaN without a sign, else what has no sign. */
  readonly #signed: Local;
  /** The largest of the bits as uint32: NaN with a sign, else what has a sign. */
  readonly #unsigned: Local;

  constructor(f: FunctionBuilder, reducer: "max" | "min") {
    this.#f = f;
    this.#isMax = reducer === "max";
    [this.#value, this.#signed, this.#unsigned] = f.locals("v128", 3);
  }

  clear(): void {
    const f = this.#f;
    f.f32x4(this.#isMax ? -Infinity : Infinity).set(this.#value);
    f.i32x4(SIGN).set(this.#signed);
    f.i32x4(0).set(this.#unsigned);
  }

  take(x: Local): void {
    const f = this.#f;
    const [value, signed, unsigned] = [this.#value, this.#signed, this.#unsigned];
    // The first operand where one is NaN.
    f.get(value)
      .get(x)
      .op(this.#isMax ? "f32x4.pmax" : "f32x4.pmin")
      .set(value);
    f.get(signed).get(x).op("i32x4.max_s").set(signed);
    f.get(unsigned).get(x).op("i32x4.max_u").set(unsigned);
  }

  /** Pushes the extremes of the lanes. */
  push(): void {
    const F = new Lanes(this.#f, "f32x4");
    const I = new Lanes(this.#f, "i32x4");
    const [value, signed, unsigned] = [this.#value, this.#signed, this.#unsigned];
    // The largest of zeros has a sign if all have one, the smallest if one has.
    const zero = I.and(this.#isMax ? signed : unsigned, SIGN);
    const isNaN = I.or(
      I.gt(signed, INFINITY_BITS),
      // As unsigned numbers, which have no comparison with a sign: both have it.
      I.and(I.gt(unsigned, INFINITY_BITS | SIGN), I.shr(unsigned, 31)),
    );
    F.select(isNaN, NaN, F.select(F.eq(value, 0), zero, value))();
  }

  free(): void {
    this.#f.free(this.#value, this.#signed, this.#unsigned);
  }
}

/** Whether extremes of vectors in this lane are collected so. */
export function isCollected(reducer: string, lane: string): reducer is "max" | "min" {
  return lane === "f32" && (reducer === "max" || reducer === "min") && takesSecondOfEqual();
}

/** Pushes the larger or the smaller of two vectors, as the exact instruction does. */
export function pushExtreme(f: FunctionBuilder, operation: "max" | "min", a: Local, b: Local): void {
  const F = new Lanes(f, "f32x4");
  if (operation === "min") {
    // What differs by its order only: zeros, of which one has a sign, and NaN, whose bits any bits leave NaN.
    F.or(F.atMost(a, b), F.atMost(b, a))();
    return;
  }
  const first = F.keep(F.atLeast(a, b));
  const second = F.keep(F.atLeast(b, a));
  F.or(F.and(first, second), F.ne(first, second))();
  f.free(first, second);
}
