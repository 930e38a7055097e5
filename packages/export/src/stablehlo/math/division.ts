/** @file Remainders, quotients and powers that round as TensorFlow.js does. */
import { wrapped } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";

/** `rest`, which has the sign of the dividend, brought to that of the divisor. */
function withSignOf(b: Builder, divisor: Operand, rest: Operand): Operand {
  const differs = b.compare("NE", b.compare("LT", rest, 0), b.compare("LT", divisor, 0));
  return b.select(b.binary("and", b.compare("NE", rest, 0), differs), b.add(rest, divisor), rest);
}

/** The remainder with the sign of the divisor. */
export function mod(b: Builder, x: Operand, y: Operand): Operand {
  return withSignOf(b, y, b.binary("remainder", x, y));
}

/** The same of integers; 0 where the divisor is. */
export function modInt(b: Builder, x: Operand, y: Operand): Operand {
  const isZero = b.compare("EQ", y, 0);
  return b.select(isZero, 0, mod(b, x, b.select(isZero, 1, y)));
}

/** The quotient rounded down, as an integer modulo 2^32; 0 where there is none. In float64: a float32 may be rounded up. */
export function floorDiv(b: Builder, x: Operand, y: Operand): Operand {
  return wrapped(b, b.unary("floor", b.divide(b.convert(x, "f64"), b.convert(y, "f64"))));
}

/** The quotient of integers rounded down, modulo 2^32; 0 where the divisor is. */
export function floorDivInt(b: Builder, x: Operand, y: Operand): Operand {
  const isZero = b.compare("EQ", y, 0);
  const divisor = b.select(isZero, 1, y);
  const quotient = b.divide(x, divisor);
  const rest = b.subtract(x, b.multiply(quotient, divisor));
  const differs = b.compare("NE", b.compare("LT", rest, 0), b.compare("LT", divisor, 0));
  const isAbove = b.binary("and", b.compare("NE", rest, 0), differs);
  // The one quotient that is none of int32, of -2^31 by -1, comes back to the dividend.
  const whole = b.select(b.compare("EQ", y, -1), b.unary("negate", x), quotient);
  return b.select(isZero, 0, b.select(isAbove, b.subtract(whole, 1), whole));
}

/** Powers modulo 2^32; a negative exponent gives the quotient, rounded towards zero, and 0 of 0. */
export function powInt(b: Builder, base: Operand, exponent: Operand): Operand {
  let result = b.like(base, 1);
  let factor = base;
  for (let bit = 0; bit < 31; bit++) {
    const isSet = b.compare("NE", b.binary("and", exponent, 2 ** bit), 0);
    result = b.select(isSet, b.multiply(result, factor), result);
    if (bit < 30) factor = b.multiply(factor, factor);
  }
  const isOdd = b.compare("NE", b.binary("and", exponent, 1), 0);
  const ofMinusOne = b.select(isOdd, b.like(base, -1), b.like(base, 1));
  const inverse = b.select(
    b.compare("EQ", base, 1),
    base,
    b.select(b.compare("EQ", base, -1), ofMinusOne, b.like(base, 0)),
  );
  return b.select(b.compare("LT", exponent, 0), inverse, result);
}
