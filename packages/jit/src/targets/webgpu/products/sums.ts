/** @file How sums of many terms are divided, so that rounding errors do not add up. */

/** Up to so many terms an invocation adds up as they come. */
const SHORT = 2048;

/** Terms of a block of a longer sum: blocks are summed by themselves, and then their sums. */
const BLOCK = 128;

/** The most terms of one invocation: of longer sums, several take a part each. */
export const MOST_TERMS = BLOCK * 256;

/** Terms after which an invocation that adds up `terms` moves its sums to where the sums of blocks are; none if never. */
export function blockOf(terms: number): number | undefined {
  return terms <= SHORT ? undefined : BLOCK;
}
