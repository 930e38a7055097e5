/** @file Functions of angles and of hyperbolas, from the operations that StableHLO 1.0 has. */
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";

/** From here on the square of a number, and more so the root of it, is as good as infinite beside 1. */
const LARGE = 1e9;

export function tan(b: Builder, x: Operand): Operand {
  return b.divide(b.unary("sine", x), b.unary("cosine", x));
}

/** `sqrt(1 - x²)`, without a loss near 1. */
function leg(b: Builder, x: Operand): Operand {
  return b.unary("sqrt", b.multiply(b.subtract(b.like(x, 1), x), b.add(x, 1)));
}

export function asin(b: Builder, x: Operand): Operand {
  return b.multiply(b.binary("atan2", x, b.add(leg(b, x), 1)), 2);
}

export function acos(b: Builder, x: Operand): Operand {
  const value = b.multiply(b.binary("atan2", leg(b, x), b.add(x, 1)), 2);
  return b.select(b.compare("EQ", x, -1), Math.PI, value);
}

export function atan(b: Builder, x: Operand): Operand {
  return b.binary("atan2", x, b.like(x, 1));
}

/** Half of `exp(x)` and half of `exp(-x)`, by the exponential of half of x: that of x may be infinite where these are not. */
function halves(b: Builder, x: Operand): [Operand, Operand] {
  const root = b.unary("exponential", b.multiply(x, 0.5));
  const other = b.unary("exponential", b.multiply(x, -0.5));
  return [b.multiply(b.multiply(root, 0.5), root), b.multiply(b.multiply(other, 0.5), other)];
}

export function sinh(b: Builder, x: Operand): Operand {
  const [up, down] = halves(b, x);
  const e = b.unary("exponential_minus_one", x);
  const small = b.multiply(b.add(e, b.divide(e, b.add(e, 1))), 0.5);
  return b.select(b.compare("LT", b.unary("abs", x), 1), small, b.subtract(up, down));
}

export function cosh(b: Builder, x: Operand): Operand {
  return b.add(...halves(b, x));
}

export function asinh(b: Builder, x: Operand): Operand {
  const size = b.unary("abs", x);
  const square = b.multiply(size, size);
  const rest = b.divide(square, b.add(b.unary("sqrt", b.add(square, 1)), 1));
  const value = b.select(
    b.compare("GT", size, LARGE),
    b.add(b.unary("log", size), Math.LN2),
    b.unary("log_plus_one", b.add(size, rest)),
  );
  // The sign of zero too.
  return b.select(b.compare("EQ", x, 0), x, b.multiply(b.unary("sign", x), value));
}

export function acosh(b: Builder, x: Operand): Operand {
  const above = b.subtract(x, 1);
  const root = b.unary("sqrt", b.add(b.multiply(above, above), b.multiply(above, 2)));
  const value = b.select(
    b.compare("GT", x, LARGE),
    b.add(b.unary("log", x), Math.LN2),
    b.unary("log_plus_one", b.add(above, root)),
  );
  return b.select(b.compare("LT", x, 1), NaN, value);
}

export function atanh(b: Builder, x: Operand): Operand {
  const [up, down] = [b.unary("log_plus_one", x), b.unary("log_plus_one", b.unary("negate", x))];
  return b.multiply(b.subtract(up, down), 0.5);
}
