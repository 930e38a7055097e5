/** @file The random numbers of `tf.multinomial`, the same on every backend and under `jit`. */

/** Random numbers of [0, 1) from a seed. @see Baagøe's Alea, as npm's seedrandom has it */
function alea(seed: string): () => number {
  let state = 0xefc8249d;
  const mash = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      state += text.charCodeAt(i);
      let product = 0.02519603282416938 * state;
      state = product >>> 0;
      product = (product - state) * state;
      state = product >>> 0;
      state += (product - state) * 2 ** 32;
    }
    return (state >>> 0) * 2 ** -32;
  };
  let words = [mash(" "), mash(" "), mash(" ")];
  words = words.map((word) => {
    const rest = word - mash(seed);
    return rest < 0 ? rest + 1 : rest;
  });
  let carry = 1;
  return () => {
    const [first, second, third] = words as [number, number, number];
    const next = 2_091_639 * first + carry * 2 ** -32;
    carry = Math.trunc(next);
    words = [second, third, next - carry];
    return next - carry;
  };
}

/** The largest float32 that is not above `x`, of [0, 1): below a float32 are both, or neither. */
function roundedDown(x: number): number {
  const nearest = Math.fround(x);
  return nearest <= x ? nearest : Math.fround(nearest - 2 ** (Math.floor(Math.log2(nearest)) - 24));
}

/**
 * `count` numbers of [0, 1): a category is drawn where such a number is below its part of the cumulated probabilities,
 * and not below that of the one before. Row after row; the first row's are those of TensorFlow.js on cpu, which begins
 * anew with each row, so that equal rows draw the same.
 */
export function multinomialDraws(seed: number, count: number): Float32Array {
  const random = alea(String(seed));
  return Float32Array.from({ length: count }, () => roundedDown(random()));
}
