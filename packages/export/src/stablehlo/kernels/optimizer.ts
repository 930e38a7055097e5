/** @file The kernels that optimisers use. */
import { converted } from "../convert.ts";
import type { Operand } from "../mlir/operand.ts";
import { FLOAT, INT, type KernelRules, rule } from "../rule.ts";

interface XY {
  x: Operand;
  y: Operand;
}

interface Moments {
  mean: Operand;
  square: Operand;
  meanPower: Operand;
  squarePower: Operand;
}

/** Powers and combinations of moments. */
export const optimizer: KernelRules = {
  /** In float64: what is left of 1 decides the first steps of Adam. */
  IntegerPower: rule<{ exponent: Operand }, { base: number }>(INT, (b, { exponent }, { base }) => {
    // By the digits of the exponent, so that a power of integers needs no logarithm.
    const size = b.unary("abs", exponent);
    let power = b.fill(1, exponent.shape, "f64");
    let factor = Math.fround(base);
    for (let bit = 0; bit < 31; bit++) {
      const isSet = b.compare("NE", b.binary("and", size, 2 ** bit), 0);
      power = b.select(isSet, b.multiply(power, factor), power);
      factor *= factor;
    }
    const isNegative = b.compare("LT", exponent, 0);
    return converted(b, b.select(isNegative, b.divide(b.like(power, 1), power), power), "f32");
  }),
  LinearCombination: rule<XY, { a: number; b: number }>(FLOAT, (m, { x, y }, { a, b }) =>
    m.add(m.multiply(x, a), m.multiply(y, b)),
  ),
  SquareCombination: rule<XY, { a: number; b: number }>(FLOAT, (m, { x, y }, { a, b }) =>
    m.add(m.multiply(m.multiply(x, x), a), m.multiply(y, b)),
  ),
  AdamDirection: rule<Moments, { eps: number; epsRoot: number }>(
    FLOAT,
    (b, { mean, square, meanPower, squarePower }, { eps, epsRoot }) => {
      const rest = (power: Operand) => b.broadcastInDim(b.subtract(b.like(power, 1), power), mean.shape, []);
      const variance = b.divide(square, rest(squarePower));
      const root = b.unary("sqrt", epsRoot === 0 ? variance : b.add(variance, epsRoot));
      return b.divide(b.divide(mean, rest(meanPower)), b.add(root, eps));
    },
  ),
};
