/** @file Pieces of text of which the library's functions are made. */

const float = new Float32Array(1);

/** A float32 as a literal; it is neither tiny nor infinite. */
export function literal(value: number): string {
  float[0] = value;
  return `${float[0]}f`;
}

/** The polynomial in `x`, coefficients from the highest power down. */
export function horner(x: string, coefficients: readonly number[]): string {
  return coefficients.map(literal).reduce((sum, next) => `(${sum} * ${x} + ${next})`);
}
