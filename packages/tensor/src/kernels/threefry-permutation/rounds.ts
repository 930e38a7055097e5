/** @file How often a permutation is sorted. */

/** Rounds of sorting by fresh 32-bit words that make ties improbable: 1 up to n = 1625, 2 up to 2.6 million. */
export function shuffleRounds(n: number): number {
  return Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));
}
