/** @file Lowerings of the kernels that optimisers use. */
import { constant, type Expr } from "../expr/expr.ts";
import { apply } from "../expr/operations.ts";
import type { Tensor } from "./context.ts";
import { broadcastTo, mapped } from "./convert.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { FLOAT, INT } from "./takes.ts";

const f32 = (value: number) => constant(value, "f32");

function combined(x: Expr, y: Expr, a: number, b: number): Expr {
  return apply("f32.add", apply("f32.mul", f32(a), x), apply("f32.mul", f32(b), y));
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
    mapped(x, "float32", (expr) => combined(apply("f32.mul", expr, expr), y.expr, a, b)),
  ),
  AdamDirection: rule<Moments, { eps: number; epsRoot: number }>(
    FLOAT,
    (lowering, { mean, square, meanPower, squarePower }, { eps, epsRoot }) => {
      /** Of a scalar, for each element. */
      const spread = (power: Tensor, of: (rest: Expr) => Expr) => {
        const scalar = mapped(power, "float32", (expr) => of(apply("f32.sub", f32(1), expr)));
        return broadcastTo(lowering, scalar, mean.shape).expr;
      };
      // Each element is divided once, by a product: divisions take most of the time.
      const share = spread(meanPower, (rest) => rest);
      const factor = spread(squarePower, (rest) => apply("f32.div", f32(1), rest));
      const variance = apply("f32.mul", square.expr, factor);
      const root = apply("f32.sqrt", epsRoot === 0 ? variance : apply("f32.add", variance, f32(epsRoot)));
      const divisor = apply("f32.mul", share, apply("f32.add", root, f32(eps)));
      return mapped(mean, "float32", (expr) => apply("f32.div", expr, divisor));
    },
  ),
};
