/** @file The threefry2x32 block cipher on 32-bit words, and the random bits that JAX makes with it. */

/**
 * Encrypts the block `(x0, x1)` with the key `(key0, key1)` and writes two int32 words to `output` from `at` on.
 *
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; `jax._src.prng.threefry2x32`.
 */
export function threefry2x32(
  key0: number,
  key1: number,
  x0: number,
  x1: number,
  output: Int32Array,
  at = 0,
): void {
  // Written out, so that every rotation is by a constant: one block for each element of each draw.
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  let a = (x0 + key0) | 0;
  let b = (x1 + key1) | 0;

  a = (a + b) | 0;
  b = rotate(b, 13) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 15) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 26) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 6) ^ a;
  a = (a + key1) | 0;
  b = (b + key2 + 1) | 0;

  a = (a + b) | 0;
  b = rotate(b, 17) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 29) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 16) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 24) ^ a;
  a = (a + key2) | 0;
  b = (b + key0 + 2) | 0;

  a = (a + b) | 0;
  b = rotate(b, 13) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 15) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 26) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 6) ^ a;
  a = (a + key0) | 0;
  b = (b + key1 + 3) | 0;

  a = (a + b) | 0;
  b = rotate(b, 17) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 29) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 16) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 24) ^ a;
  a = (a + key1) | 0;
  b = (b + key2 + 4) | 0;

  a = (a + b) | 0;
  b = rotate(b, 13) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 15) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 26) ^ a;
  a = (a + b) | 0;
  b = rotate(b, 6) ^ a;
  a = (a + key2) | 0;
  b = (b + key0 + 5) | 0;

  output[at] = a;
  output[at + 1] = b;
}

const block = new Int32Array(2);

/**
 * 32 random bits, as int32, for the element at row-major `index`: they do not depend on the shape.
 *
 * @see `jax_threefry_partitionable=True`
 */
export function randomBits(key0: number, key1: number, index: number): number {
  threefry2x32(key0, key1, 0, index, block);
  return block[0]! ^ block[1]!;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
