/** @file What a product of floats with packed int8 is asked to do. */

/**
 * `y[m, 4 * width] = x[m, k] q[k, 4 * width]`, float32, all contiguous, where byte `j` of the word in row `t`, column
 * `i` of `[k, width]` is `q[t, j * width + i]`. `width` is a multiple of 4.
 */
export interface Int8ProductSpec {
  readonly m: number;
  readonly k: number;
  readonly width: number;
}
