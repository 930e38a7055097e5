/** @file The ways to pad a convolution, as numbers of elements per spatial axis. */
import { InvalidArgumentError } from "../../errors.ts";

/** Elements before and after an axis. */
export type PadPair = readonly [low: number, high: number];

/** Elements on both sides of every axis, or of each axis, or before and after each axis; may be negative. */
export type ExplicitPadding = number | readonly (number | PadPair)[];

type AnyCase<T extends string> = T | Lowercase<T>;

/**
 * How a convolution is padded.
 *
 * - `"SAME"`: zeros, so that there are `ceil(n / stride)` windows; an odd one goes to the end, with `"SAME_LOWER"` to
 *   the beginning. `"VALID"`: none.
 * - `"CIRCULAR"`: the input goes on at its other end. `"REFLECT"`: it is mirrored at its first and last element.
 * - `"CAUSAL"`: zeros before the input only, so that no output sees what comes later; one spatial axis.
 * - numbers: zeros, in explicit amounts.
 */
export type ConvPadding =
  AnyCase<"SAME" | "SAME_LOWER" | "VALID" | "CIRCULAR" | "REFLECT" | "CAUSAL"> | ExplicitPadding;

/** How a transposed convolution is padded: see `ConvTranspose`. */
export type ConvTransposePadding = AnyCase<"SAME" | "VALID" | "CIRCULAR"> | ExplicitPadding;

/** How windows of a pool are padded; see {@link ConvPadding}. */
export type PoolPadding = AnyCase<"SAME" | "SAME_LOWER" | "VALID"> | readonly PadPair[];

/**
 * A padding in upper case or as pairs.
 *
 * @param modes the words that are allowed
 * @throws InvalidArgumentError for anything else
 */
export function canonicalPadding<Mode extends string>(
  padding: string | ExplicitPadding,
  axes: number,
  modes: readonly Mode[],
  layer?: object,
): Mode | PadPair[] {
  if (typeof padding === "string") {
    const mode = modes.find((known) => known === padding.toUpperCase());
    if (mode) return mode;
  } else {
    const list: readonly (number | PadPair)[] =
      typeof padding === "number" ? Array<number>(axes).fill(padding) : padding;
    const pairs = list.map((pad): PadPair => (typeof pad === "number" ? [pad, pad] : pad));
    const isWhole = (pair: PadPair) => pair.length === 2 && pair.every(Number.isInteger);
    if (pairs.length === axes && pairs.every(isWhole)) return pairs;
  }
  throw new InvalidArgumentError(
    `Invalid padding format: ${JSON.stringify(padding)}. Expected ${modes.map((mode) => `"${mode}"`).join(", ")}, ` +
      `an integer, or a list of ${axes} integers or pairs of integers, one for each spatial axis: ` +
      `{ padding: ${JSON.stringify(Array.from({ length: axes }, () => [1, 1]))} }.`,
    layer,
  );
}

/** What one spatial axis of a window operation is made of. */
export interface WindowAxis {
  /** Elements of the input. */
  input: number;
  /** Elements from the first to the last of a window. */
  window: number;
  stride: number;
}

/** Zeros for `ceil(input / stride)` windows. */
export function samePadding({ input, window, stride }: WindowAxis, odd: "low" | "high" = "high"): PadPair {
  const windows = Math.ceil(input / stride);
  const total = Math.max(0, (windows - 1) * stride + window - input);
  const less = Math.floor(total / 2);
  return odd === "high" ? [less, total - less] : [total - less, less];
}

/**
 * Zeros around an input stretched by `stride`: for `input * stride` outputs with `"SAME"`, and for
 * `input * stride + max(window - stride, 0)` with `"VALID"`.
 *
 * @see jax.lax.conv_transpose
 */
export function transposedPadding({ window, stride }: WindowAxis, mode: "SAME" | "VALID"): PadPair {
  const total = window + stride - 2 + (mode === "VALID" ? Math.max(window - stride, 0) : 0);
  const low = mode === "VALID" || stride > window - 1 ? window - 1 : Math.ceil(total / 2);
  return [low, total - low];
}
