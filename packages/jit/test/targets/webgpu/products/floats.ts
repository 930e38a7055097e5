/** @file Operands of products. */

/** Pseudorandom numbers in [-1, 1), the same each time. */
export function randomFloats(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
}
