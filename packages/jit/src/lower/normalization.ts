/** @file The lowering of batch normalisation with given statistics. */
import { constant } from "../expr/expr.ts";
import { apply } from "../expr/operations.ts";
import type { Tensor } from "./context.ts";
import { broadcastTo, mapped } from "./convert.ts";
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
      const deviation = mapped(variance, "float32", (expr) =>
        apply("f32.sqrt", apply("f32.add", expr, constant(varianceEpsilon, "f32"))),
      );
      const inverse = mapped(deviation, "float32", (expr) => apply("f32.div", constant(1, "f32"), expr));
      const factor = scale
        ? mapped(inverse, "float32", (expr) =>
            apply("f32.mul", expr, broadcastTo(lowering, scale, inverse.shape).expr),
          )
        : inverse;
      return mapped(x, "float32", (expr) => {
        const scaled = apply("f32.mul", apply("f32.sub", expr, spread(mean)), spread(factor));
        return offset ? apply("f32.add", scaled, spread(offset)) : scaled;
      });
    },
  ),
};
