/** @file Sums and products of float32 that are held in float64. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";

/** What of one lane alone stays. */
const FIRST = [-1, 0, 0, 0] as const;

/** Four sums or products of the lanes of float32 vectors, so that rounding errors of millions of terms do not add up. */
export class Wide {
  readonly #f: FunctionBuilder;
  readonly #isSum: boolean;
  readonly #low: Local;
  readonly #high: Local;

  constructor(f: FunctionBuilder, operation: "sum" | "product") {
    this.#f = f;
    this.#isSum = operation === "sum";
    this.#low = f.local("v128");
    this.#high = f.local("v128");
  }

  /** Begins with what changes nothing. */
  clear(): void {
    for (const half of [this.#low, this.#high]) this.#f.f64x2(this.#isSum ? 0 : 1).set(half);
  }

  /** Puts in the four lanes of `value`. */
  add(value: Local): void {
    this.#put(this.#low, () => this.#f.get(value));
    this.#put(this.#high, () => this.#f.get(value).get(value).shuffle32(2, 3, 2, 3));
  }

  /** Puts in the first lane of `value`. */
  addFirst(value: Local): void {
    const f = this.#f;
    const isSum = this.#isSum;
    this.#put(this.#low, () => {
      if (isSum)
        f.get(value)
          .i32x4(...FIRST)
          .op("v128.and");
      else
        f.get(value)
          .f32x4(1)
          .i32x4(...FIRST)
          .op("v128.bitselect");
    });
  }

  /** Puts the four lanes together, in the first one. */
  foldLanes(): void {
    const f = this.#f;
    const low = this.#low;
    const high = this.#high;
    const combine = this.#combine;
    f.get(low).get(high).op(combine).set(low);
    f.get(low).get(low).get(low).shuffle32(2, 3, 0, 1).op(combine).set(low);
  }

  /** The first two lanes, and the others, in float64. */
  get halves(): readonly [Local, Local] {
    return [this.#low, this.#high];
  }

  /** Pushes the four lanes as float32. */
  push(): void {
    const f = this.#f;
    const low = this.#low;
    const high = this.#high;
    f.get(low).op("f32x4.demote_f64x2_zero").get(high).op("f32x4.demote_f64x2_zero").shuffle32(0, 1, 4, 5);
  }

  free(): void {
    this.#f.free(this.#low, this.#high);
  }

  get #combine(): "f64x2.add" | "f64x2.mul" {
    return this.#isSum ? "f64x2.add" : "f64x2.mul";
  }

  #put(half: Local, push: () => void): void {
    this.#f.get(half);
    push();
    this.#f.op("f64x2.promote_low_f32x4").op(this.#combine).set(half);
  }
}
