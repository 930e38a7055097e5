/** @file Casts between element types as TensorFlow.js means them. */
import type { Dtype } from "@nnx-js/jit/graph";
import type { Builder } from "./mlir/builder.ts";
import type { ElementType, Operand } from "./mlir/operand.ts";

const TYPES = { float32: "f32", int32: "i32", bool: "i1" } as const;

/** The element type that holds a dtype. */
export function elementType(dtype: Dtype): "f32" | "i32" | "i1" {
  return TYPES[dtype];
}

/** `x` as elements of `type`: truth values count as 0 and 1, and what is not 0 is true. */
export function converted(b: Builder, x: Operand, type: ElementType): Operand {
  if (x.type === type) return x;
  if (type === "i1") return b.compare("NE", x, 0);
  if (type === "i32" && (x.type === "f32" || x.type === "f64")) return wrapped(b, x);
  return b.convert(x, type);
}

/**
 * Numbers rounded towards zero, then modulo 2^32, as JavaScript and TensorFlow.js do it; NaN and infinities become 0.
 * StableHLO leaves open what a number beyond int32 becomes. All steps are exact: each changes the exponent only, or
 * takes leading bits away.
 */
export function wrapped(b: Builder, x: Operand): Operand {
  const magnitude = b.unary("floor", b.unary("abs", x));
  const turns = b.unary("floor", b.multiply(magnitude, 2 ** -32));
  const rest = b.subtract(magnitude, b.multiply(turns, 2 ** 32));
  const centred = b.select(b.compare("GE", rest, 2 ** 31), b.subtract(rest, 2 ** 32), rest);
  const isFinite = b.compare("LT", magnitude, Infinity);
  const positive = b.convert(b.select(isFinite, centred, 0), "i32");
  return b.select(b.compare("LT", x, 0), b.unary("negate", positive), positive);
}

/** Both operands as one type, repeated to `shape`. */
export function aligned(
  b: Builder,
  operands: readonly Operand[],
  shape: readonly number[],
  type: ElementType,
): Operand[] {
  return operands.map((operand) => b.broadcast(converted(b, operand, type), shape));
}
