/** @file What routines are asked to do that go through elements in an order. */

/** The index of the largest or the smallest element along the middle axis of a contiguous `[outer, length, inner]`. */
export interface ArgExtremeSpec {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly lane: "f32" | "i32";
  readonly extreme: "max" | "min";
}

/** Sums or products of all elements up to each, along the middle axis of `[outer, size, inner]`. */
export interface CumulativeSpec {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  readonly operation: "sum" | "product";
  readonly lane: "f32" | "i32";
  /** Whether an element itself does not count. */
  readonly exclusive: boolean;
  /** Whether the last element comes first. */
  readonly reverse: boolean;
}

/** `count` elements are put into a random order, drawn in `rounds` rounds of sorting by random words. */
export interface PermutationSpec {
  readonly count: number;
  readonly rounds: number;
  /** Whether elements are given, instead of the numbers from 0 on. */
  readonly gathers: boolean;
}

/** `rows` rows of `size` elements, of which the `k` largest are wanted. */
export interface TopKSpec {
  readonly rows: number;
  readonly size: number;
  readonly k: number;
  readonly lane: "f32" | "i32";
}
