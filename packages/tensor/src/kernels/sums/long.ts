/** @file From how many terms on a sum needs care. */

/** The most terms that a backend's own kernels add up, one after the other in float32. */
const MOST_TERMS = 8192;

/** Terms that are added one after the other where there are more: 128 equal ones cost no more than 2e-6. */
export const BLOCK = 128;

/** Whether there are too many terms for one sum in float32. */
export function isLong(terms: number): boolean {
  return terms > MOST_TERMS;
}
