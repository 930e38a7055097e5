/** @file Kernels that compute each element from the elements at the same place. */
import { aligned, converted, elementType } from "../convert.ts";
import { floorDiv, floorDivInt, mod, modInt, powInt } from "../math/division.ts";
import { erf, erfInv } from "../math/special.ts";
import { acos, acosh, asin, asinh, atan, atanh, cosh, sinh, tan } from "../math/trigonometric.ts";
import type { Builder, Direction, Unary } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";
import {
  type AB,
  ANY,
  BOOL,
  FLOAT,
  INT,
  type KernelRule,
  type KernelRules,
  NUMBERS,
  rule,
  type X,
} from "../rule.ts";

type Of1 = (b: Builder, x: Operand) => Operand;
type Of2 = (b: Builder, x: Operand, y: Operand) => Operand;

/** A function of floats. */
function unary(f: Of1 | Unary, takes: KernelRule["takes"]["all"] = FLOAT): KernelRule {
  return rule<X>(takes, (b, { x }) => {
    const value = converted(b, x, "f32");
    return typeof f === "string" ? b.unary(f, value) : f(b, value);
  });
}

/** A function with a form for integers, which counts truth values as 0 and 1. */
export function unaryOfBoth<A extends object = object>(
  float: (b: Builder, x: Operand, attrs: A) => Operand,
  integer: (b: Builder, x: Operand, attrs: A) => Operand,
): KernelRule {
  return rule<X, A>(ANY, (b, { x }, attrs) =>
    x.type === "f32" ? float(b, x, attrs) : integer(b, converted(b, x, "i32"), attrs),
  );
}

const same: Of1 = (_, x) => x;

/** The type in which a kernel of two inputs works. */
function typeOfBoth({ a, b }: AB): "f32" | "i32" {
  return a.type === "f32" || b.type === "f32" ? "f32" : "i32";
}

/** A function of two inputs that are broadcast. */
function binary(float: Of2, integer: Of2 = float, takes: KernelRule["takes"]["all"] = ANY): KernelRule {
  return rule<AB>(takes, (b, inputs, _, [output]) => {
    const type = typeOfBoth(inputs);
    const [x, y] = aligned(b, [inputs.a, inputs.b], output!.shape, type) as [Operand, Operand];
    return type === "f32" ? float(b, x, y) : integer(b, x, y);
  });
}

const compared = (direction: Direction) => binary((b, x, y) => b.compare(direction, x, y));

function logical(op: "and" | "or" | "xor"): KernelRule {
  return rule<AB>(BOOL, (b, inputs, _, [output]) => {
    const [x, y] = aligned(b, [inputs.a, inputs.b], output!.shape, "i1") as [Operand, Operand];
    return b.binary(op, x, y);
  });
}

/** The whole part of `bound`, brought into int32. */
const whole = (bound: number) => Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(bound)));

/** `x` between two bounds; what is no number bounds nothing of an integer, which takes the whole part of others. */
export function clamped(b: Builder, x: Operand, low: number, high: number): Operand {
  if (x.type === "f32") return b.minimum(b.maximum(x, low), high);
  const raised = Number.isNaN(low) ? x : b.maximum(x, whole(low));
  return Number.isNaN(high) ? raised : b.minimum(raised, whole(high));
}

const isNaN: Of1 = (b, x) => b.compare("NE", x, x);

/** Brings a condition of rank 1 to the rows of a larger tensor. */
function asRows(b: Builder, condition: Operand, rank: number): Operand {
  if (condition.shape.length !== 1 || rank <= 1) return condition;
  return b.reshape(condition, [...condition.shape, ...Array.from({ length: rank - 1 }, () => 1)]);
}

/** `log(1 + exp(x))`. */
const softplus: Of1 = (b, x) => {
  const rest = b.unary("exponential", b.unary("negate", b.unary("abs", x)));
  return b.add(b.maximum(x, 0), b.unary("log_plus_one", rest));
};

/** Unary, binary and comparing kernels, casts and choices. */
export const elementwise: KernelRules = {
  Abs: unaryOfBoth(
    (b, x) => b.unary("abs", x),
    (b, x) => b.unary("abs", x),
  ),
  Acos: unary(acos),
  Acosh: unary(acosh),
  Asin: unary(asin),
  Asinh: unary(asinh),
  Atan: unary(atan),
  Atanh: unary(atanh),
  Ceil: unaryOfBoth((b, x) => b.unary("ceil", x), same),
  Cos: unary("cosine"),
  Cosh: unary(cosh),
  Erf: unary(erf),
  ErfInv: unary(erfInv),
  Exp: unary("exponential", NUMBERS),
  Expm1: unary("exponential_minus_one"),
  Floor: unaryOfBoth((b, x) => b.unary("floor", x), same),
  Log: unary("log"),
  Log1p: unary("log_plus_one"),
  Neg: unaryOfBoth(
    (b, x) => b.unary("negate", x),
    (b, x) => b.unary("negate", x),
  ),
  Reciprocal: unary((b, x) => b.divide(b.like(x, 1), x)),
  Round: unaryOfBoth((b, x) => b.unary("round_nearest_even", x), same),
  Rsqrt: unary("rsqrt"),
  Sigmoid: unary("logistic"),
  Sign: unaryOfBoth(
    (b, x) => b.unary("sign", x),
    (b, x) => b.unary("sign", x),
  ),
  Sin: unary("sine"),
  Sinh: unary(sinh),
  Softplus: unary(softplus),
  Sqrt: unary("sqrt"),
  Square: unaryOfBoth(
    (b, x) => b.multiply(x, x),
    (b, x) => b.multiply(x, x),
  ),
  Tan: unary(tan),
  Tanh: unary("tanh"),
  Step: unaryOfBoth<{ alpha?: number }>(
    (b, x, { alpha = 0 }) => {
      const step = b.select(b.compare("GT", x, 0), b.like(x, 1), b.like(x, alpha));
      return b.select(isNaN(b, x), x, step);
    },
    (b, x, { alpha = 0 }) => b.select(b.compare("GT", x, 0), b.like(x, 1), b.like(x, alpha)),
  ),
  ClipByValue: unaryOfBoth<{ clipValueMin: number; clipValueMax: number }>(
    (b, x, { clipValueMin, clipValueMax }) => clamped(b, x, clipValueMin, clipValueMax),
    (b, x, { clipValueMin, clipValueMax }) => clamped(b, x, clipValueMin, clipValueMax),
  ),

  Add: binary((b, x, y) => b.add(x, y)),
  AddN: rule<Record<string, Operand>>(ANY, (b, inputs, _, [output]) => {
    const type = output!.dtype === "float32" ? "f32" : "i32";
    return aligned(b, Object.values(inputs), output!.shape, type).reduce((sum, x) => b.add(sum, x));
  }),
  Atan2: binary((b, x, y) => b.binary("atan2", x, y), undefined, FLOAT),
  BitwiseAnd: binary((b, x, y) => b.binary("and", x, y), undefined, INT),
  FloorDiv: binary(floorDiv, floorDivInt),
  Maximum: binary((b, x, y) => b.maximum(x, y)),
  Minimum: binary((b, x, y) => b.minimum(x, y)),
  Mod: binary(mod, modInt),
  Multiply: binary((b, x, y) => b.multiply(x, y)),
  Pow: binary((b, x, y) => b.binary("power", x, y), powInt),
  RealDiv: binary((b, x, y) => b.divide(x, y), undefined, FLOAT),
  SquaredDifference: binary((b, x, y) => {
    const difference = b.subtract(x, y);
    return b.multiply(difference, difference);
  }),
  Sub: binary((b, x, y) => b.subtract(x, y)),

  Equal: compared("EQ"),
  NotEqual: compared("NE"),
  Less: compared("LT"),
  LessEqual: compared("LE"),
  Greater: compared("GT"),
  GreaterEqual: compared("GE"),
  LogicalAnd: logical("and"),
  LogicalOr: logical("or"),
  LogicalXor: logical("xor"),
  LogicalNot: rule<X>(BOOL, (b, { x }) => b.unary("not", x)),
  IsNan: rule<X>(ANY, (b, { x }) => isNaN(b, converted(b, x, "f32"))),
  IsInf: rule<X>(ANY, (b, { x }) => b.compare("EQ", b.unary("abs", converted(b, x, "f32")), Infinity)),
  IsFinite: rule<X>(ANY, (b, { x }) => b.compare("LT", b.unary("abs", converted(b, x, "f32")), Infinity)),

  Cast: rule<X>(ANY, (b, { x }, _, [output]) => converted(b, x, elementType(output!.dtype))),
  Identity: rule<X>(ANY, (_, { x }) => x),
  OnesLike: rule<X>(ANY, (b, { x }) => b.like(x, 1)),
  ZerosLike: rule<X>(ANY, (b, { x }) => b.like(x, 0)),
  Select: rule<{ condition: Operand; t: Operand; e: Operand }>(ANY, (b, { condition, t, e }, _, [output]) => {
    const { shape, dtype } = output!;
    const test = b.broadcast(converted(b, asRows(b, condition, shape.length), "i1"), shape);
    const [yes, no] = aligned(b, [t, e], shape, elementType(dtype)) as [Operand, Operand];
    return b.select(test, yes, no);
  }),
};
