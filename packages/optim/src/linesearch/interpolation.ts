/** @file Minima of polynomials through points of a line. */

/** A place on the line, and the value there. */
export interface Knot {
  readonly at: number;
  readonly value: number;
}

/** Where the cubic through three points, with the slope of the first, is least; NaN where it is nowhere. */
export function cubicMinimum(a: Knot & { readonly slope: number }, b: Knot, c: Knot): number {
  const [db, dc] = [b.at - a.at, c.at - a.at];
  const denominator = (db * dc) ** 2 * (db - dc);
  const [x, y] = [b.value - a.value - a.slope * db, c.value - a.value - a.slope * dc];
  const cube = (dc ** 2 * x - db ** 2 * y) / denominator;
  const square = (db ** 3 * y - dc ** 3 * x) / denominator;
  return a.at + (-square + Math.sqrt(square * square - 3 * cube * a.slope)) / (3 * cube);
}

/** Where the parabola through two points, with the slope of the first, is least. */
export function quadraticMinimum(a: Knot & { readonly slope: number }, b: Knot): number {
  const distance = b.at - a.at;
  const square = (b.value - a.value - a.slope * distance) / distance ** 2;
  return a.at - a.slope / (2 * square);
}
