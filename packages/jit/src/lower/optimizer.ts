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
      const share = (power: Tensor) => {
        const rest = mapped(power, "float32", (expr) => apply("f32.sub", f32(1), expr));
        return broadcastTo(lowering, rest, mean.shape).expr;
      };
      const root = apply(
        "f32.sqrt",
        apply("f32.add", apply("f32.div", square.expr, share(squarePower)), f32(epsRoot)),
      );
      return mapped(mean, "float32", (expr) =>
        apply("f32.div", apply("f32.div", expr, share(meanPower)), apply("f32.add", root, f32(eps))),
      );
    },
  ),
};
