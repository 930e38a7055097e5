/** @file What a product of floats with packed int8 is asked to do. */

/**
 * `y[p, m, 4 * width] = x[m, p, k] q[p, k, 4 * width]` for each of `parts` parts of the terms, float32, all contiguous,
 * where byte `j` of the word in row `t`, column `i` of `[parts * k, width]` is `q[t, j * width + i]`. `width` is a
 * multiple of 4.
 */
export interface Int8ProductSpec {
  readonly m: number;
  readonly k: number;
  readonly width: number;
  readonly parts: number;
}
