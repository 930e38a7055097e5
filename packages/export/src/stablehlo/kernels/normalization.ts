/** @file Normalisation with given statistics, and across channels. */
import type { Operand } from "../mlir/operand.ts";
import { reduceWindow } from "../mlir/regions.ts";
import { FLOAT, type KernelRules, rule, type X } from "../rule.ts";

interface Normalized {
  x: Operand;
  mean: Operand;
  variance: Operand;
  offset?: Operand;
  scale?: Operand;
}

/** Normalisation. */
export const normalization: KernelRules = {
  FusedBatchNorm: rule<Normalized, { varianceEpsilon: number }>(
    FLOAT,
    (b, { x, mean, variance, offset, scale }, { varianceEpsilon }) => {
      const inverse = b.unary("rsqrt", b.add(variance, varianceEpsilon));
      const factor = scale ? b.multiply(inverse, b.broadcast(scale, inverse.shape)) : inverse;
      const centred = b.subtract(x, b.broadcast(mean, x.shape));
      const scaled = b.multiply(centred, b.broadcast(factor, x.shape));
      return offset ? b.add(scaled, b.broadcast(offset, x.shape)) : scaled;
    },
  ),
  LRN: rule<X, { depthRadius: number; bias: number; alpha: number; beta: number }>(
    FLOAT,
    (b, { x }, { depthRadius, bias, alpha, beta }) => {
      const radius = Math.min(depthRadius, Math.max(0, x.shape[3]! - 1));
      const size = [1, 1, 1, 2 * radius + 1];
      const padding = [0, 0, 0, radius].map((edge) => [edge, edge] as const);
      const sums = reduceWindow(b, b.multiply(x, x), { size, strides: [1, 1, 1, 1], padding }, "add");
      const scale = b.add(b.multiply(sums, alpha), bias);
      return b.multiply(x, b.binary("power", scale, -beta));
    },
  ),
};
