/** @file Lowerings of the kernels that optimisers use. */
import { sqrt, add, div, mul, sub } from "../expr/arithmetic.ts";
import type { Expr } from "../expr/expr.ts";
import type { Tensor } from "./context.ts";
import { mapped } from "./convert.ts";
import { broadcastTo } from "./moves.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { FLOAT, INT } from "./takes.ts";

function combined(x: Expr, y: Expr, a: number, b: number): Expr {
  return add(mul(a, x), mul(b, y));
}

interface XY {
  x: Tensor;
  y: Tensor;
}

interface Moments {
  mean: Tensor;
  square: Tensor;
  meanPower: Tensor;
  squarePower: Tensor;
}

/** Powers and combinations of moments. */
export const optimizer: LoweringRules = {
  IntegerPower: rule<{ exponent: Tensor }, { base: number }>(
    INT,
    (lowering, { exponent }, { base }, [output]) =>
      routineOf(lowering, `integer power of ${base}`, [exponent], [output!], {
        kind: "integer power",
        base,
      }),
  ),
  LinearCombination: rule<XY, { a: number; b: number }>(FLOAT, (_, { x, y }, { a, b }) =>
    mapped(x, "float32", (expr) => combined(expr, y.expr, a, b)),
  ),
  SquareCombination: rule<XY, { a: number; b: number }>(FLOAT, (_, { x, y }, { a, b }) =>
    mapped(x, "float32", (expr) => combined(mul(expr, expr), y.expr, a, b)),
  ),
  AdamDirection: rule<Moments, { eps: number; epsRoot: number }>(
    FLOAT,
    (lowering, { mean, square, meanPower, squarePower }, { eps, epsRoot }) => {
      /** Of a scalar, for each element. */
      const spread = (power: Tensor, of: (rest: Expr) => Expr) => {
        const scalar = mapped(power, "float32", (expr) => of(sub(1, expr)));
        return broadcastTo(lowering, scalar, mean.shape).expr;
      };
      // Each element is divided once, by a product: divisions take most of the time.
      const share = spread(meanPower, (rest) => rest);
      const factor = spread(squarePower, (rest) => div(1, rest));
      const variance = mul(square.expr, factor);
      const root = sqrt(epsRoot === 0 ? variance : add(variance, epsRoot));
      const divisor = mul(share, add(root, eps));
      return mapped(mean, "float32", (expr) => div(expr, divisor));
    },
  ),
};
