/** @file The lowering of batch normalisation with given statistics. */
import { sqrt, add, div, mul, sub } from "../expr/arithmetic.ts";
import type { Tensor } from "./context.ts";
import { mapped } from "./convert.ts";
import { broadcastTo } from "./moves.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { FLOAT } from "./takes.ts";

interface Inputs {
  x: Tensor;
  mean: Tensor;
  variance: Tensor;
  offset?: Tensor;
  scale?: Tensor;
}

/** `(x - mean) * (rsqrt(variance + epsilon) * scale) + offset`. */
export const normalization: LoweringRules = {
  FusedBatchNorm: rule<Inputs, { varianceEpsilon: number }>(
    FLOAT,
    (lowering, { x, mean, variance, offset, scale }, { varianceEpsilon }) => {
      const spread = (tensor: Tensor) => broadcastTo(lowering, tensor, x.shape).expr;
      const deviation = mapped(variance, "float32", (expr) => sqrt(add(expr, varianceEpsilon)));
      const inverse = mapped(deviation, "float32", (expr) => div(1, expr));
      const factor = scale
        ? mapped(inverse, "float32", (expr) => mul(expr, broadcastTo(lowering, scale, inverse.shape).expr))
        : inverse;
      return mapped(x, "float32", (expr) => {
        const scaled = mul(sub(expr, spread(mean)), spread(factor));
        return offset ? add(scaled, spread(offset)) : scaled;
      });
    },
  ),
};
