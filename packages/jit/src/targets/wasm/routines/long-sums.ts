/** @file How sums of many terms are divided, so that rounding errors do not add up. */

/** Up to so many terms a sum is taken as it comes. */
const SHORT = 2048;
/** Up to so many, blocks are added as they come. */
const MIDDLE = 65_536;

/** A sum in blocks. */
export interface Division {
  /** Terms of a block at most. */
  readonly block: number;
  /** Whether what rounding takes from the sum of blocks is kept beside it, and added in the end. */
  readonly compensated: boolean;
}

/** How a sum of `terms` is divided; undefined for not at all. Blocks cost a few per cent, compensated ones some more. */
export function divisionOf(terms: number): Division | undefined {
  if (terms <= SHORT) return undefined;
  return terms <= MIDDLE ? { block: 256, compensated: false } : { block: 64, compensated: true };
}

/** Turns of one of several nested loops after which something is to be done. */
export interface Interval {
  /** Which of the loops. */
  readonly loop: number;
  readonly turns: number;
}

/** The most turns, of loops of `counts` from the outermost, that have at most `most` terms; undefined if all have. */
export function intervalOf(counts: readonly number[], most: number): Interval | undefined {
  let inner = 1;
  for (let loop = counts.length - 1; loop >= 0; loop--) {
    if (inner * counts[loop]! > most) return { loop, turns: Math.max(1, Math.floor(most / inner)) };
    inner *= counts[loop]!;
  }
  return undefined;
}
