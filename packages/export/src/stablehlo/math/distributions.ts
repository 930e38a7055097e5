/** @file From 32 random bits to an element of each distribution, in JAX's float32 arithmetic. */
import { truncatedNormalBounds } from "@nnx-js/tensor";
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";
import { erfInv } from "./special.ts";

/** The smallest positive normal float32. */
const TINY = 2 ** -126;

/** Uniform in [0, 1): 23 bits, exactly. */
function unit(b: Builder, bits: Operand): Operand {
  return b.multiply(b.convert(b.binary("shift_right_logical", bits, 9), "f32"), 2 ** -23);
}

/** Uniform in (0, 1). */
function positive(b: Builder, bits: Operand): Operand {
  const value = unit(b, bits);
  return b.select(b.compare("EQ", value, 0), TINY, value);
}

/** Uniform in (-1, 1). */
function symmetric(b: Builder, bits: Operand): Operand {
  return b.subtract(b.multiply(unit(b, bits), 2), 1 - 2 ** -24);
}

function uniform(b: Builder, bits: Operand, minval: number, maxval: number): Operand {
  const low = Math.fround(minval);
  const span = Math.fround(Math.fround(maxval) - low);
  return b.maximum(b.add(b.multiply(unit(b, bits), span), low), low);
}

/** The element of a distribution that 32 bits give; `bernoulli` gives truth values, `bits` words. */
export function sample(
  b: Builder,
  bits: Operand,
  distribution: string,
  [p = 0, q = 1]: readonly number[],
): Operand {
  const negate = (x: Operand) => b.unary("negate", x);
  switch (distribution) {
    case "bits":
      return b.bitcast(bits, "i32");
    case "uniform":
      return uniform(b, bits, p, q);
    case "normal":
      return b.multiply(erfInv(b, symmetric(b, bits)), Math.SQRT2);
    case "truncatedNormal": {
      const { low, high, least, greatest } = truncatedNormalBounds(p, q);
      const value = b.multiply(erfInv(b, uniform(b, bits, low, high)), Math.SQRT2);
      return b.minimum(b.maximum(value, least), greatest);
    }
    case "bernoulli":
      return b.compare("LT", unit(b, bits), p);
    case "gumbel":
      return negate(b.unary("log", negate(b.unary("log", positive(b, bits)))));
    case "exponential":
      return negate(b.unary("log_plus_one", negate(unit(b, bits))));
    case "laplace": {
      const u = symmetric(b, bits);
      return b.multiply(b.unary("sign", u), b.unary("log_plus_one", negate(b.unary("abs", u))));
    }
    case "logistic": {
      const u = positive(b, bits);
      return b.unary("log", b.divide(u, b.subtract(b.like(u, 1), u)));
    }
    default:
      throw new Error(`internal: no random distribution "${distribution}"`);
  }
}

/** Integers in [minval, maxval) from two draws. @see jax.random.randint */
export function integers(b: Builder, high: Operand, low: Operand, minval: number, maxval: number): Operand {
  const span = (maxval - minval) >>> 0;
  const rest = span === 0 ? 65536 : 65536 % span;
  const square = Math.imul(rest, rest) >>> 0;
  const multiplier = span === 0 ? square : square % span;
  // A span of 2^32 is written as 0, and takes nothing off.
  const remainder = (word: Operand) => (span === 0 ? word : b.binary("remainder", word, span));
  const product = b.multiply(remainder(high), multiplier);
  const offset = remainder(b.add(product, remainder(low)));
  return b.bitcast(b.add(offset, minval >>> 0), "i32");
}
