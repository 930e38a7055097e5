/** @file Kernels that are activations, and what fused kernels apply after a product. */
import { aligned, converted } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";
import { ANY, FLOAT, type KernelRules, rule, type X } from "../rule.ts";
import { clamped, unaryOfBoth } from "./elementwise.ts";

const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

/** `f` of what is below zero, `x` elsewhere. */
function belowZero(b: Builder, x: Operand, f: Operand, other = x): Operand {
  return b.select(b.compare("LT", x, 0), f, other);
}

function elu(b: Builder, x: Operand): Operand {
  return belowZero(b, x, b.unary("exponential_minus_one", x));
}

function prelu(b: Builder, x: Operand, alpha: Operand): Operand {
  return belowZero(b, x, b.multiply(alpha, x));
}

/** Activations. */
export const activations: KernelRules = {
  Elu: rule<X>(FLOAT, (b, { x }) => elu(b, x)),
  EluGrad: rule<{ dy: Operand; y: Operand }>(FLOAT, (b, { dy, y }) =>
    b.multiply(dy, b.select(b.compare("GE", y, 0), b.like(y, 1), b.add(y, 1))),
  ),
  LeakyRelu: rule<X, { alpha: number }>(ANY, (b, { x }, { alpha }) => {
    const value = converted(b, x, "f32");
    return belowZero(b, value, b.multiply(value, alpha));
  }),
  Prelu: rule<{ x: Operand; alpha: Operand }>(ANY, (b, { x, alpha }, _, [output]) => {
    const [value, slope] = aligned(b, [x, alpha], output!.shape, "f32") as [Operand, Operand];
    return prelu(b, value, slope);
  }),
  Relu: unaryOfBoth(
    (b, x) => b.maximum(x, 0),
    (b, x) => b.maximum(x, 0),
  ),
  Relu6: unaryOfBoth(
    (b, x) => clamped(b, x, 0, 6),
    (b, x) => clamped(b, x, 0, 6),
  ),
  Selu: rule<X>(FLOAT, (b, { x }) =>
    belowZero(
      b,
      x,
      b.multiply(b.unary("exponential_minus_one", x), SELU_SCALE_ALPHA),
      b.multiply(x, SELU_SCALE),
    ),
  ),
};

/** What follows the product in a fused kernel. */
export interface Fused {
  bias?: Operand;
  preluActivationWeights?: Operand;
}

/** Settings of what follows. */
export interface FusedAttrs {
  activation?: string;
  leakyreluAlpha?: number;
}

/** A product with its bias and activation. */
export function finished(
  b: Builder,
  product: Operand,
  { bias, preluActivationWeights: alpha }: Fused,
  { activation = "linear", leakyreluAlpha = 0.2 }: FusedAttrs,
): Operand {
  const x = bias ? b.add(product, b.broadcast(bias, product.shape)) : product;
  switch (activation) {
    case "linear":
      return x;
    case "relu":
      return b.maximum(x, 0);
    case "relu6":
      return clamped(b, x, 0, 6);
    case "elu":
      return elu(b, x);
    case "sigmoid":
      return b.unary("logistic", x);
    case "leakyrelu":
      return belowZero(b, x, b.multiply(x, leakyreluAlpha));
    case "prelu":
      return prelu(b, x, b.broadcast(alpha!, x.shape));
    default:
      throw new Error(`internal: no activation "${activation}"`);
  }
}
