/** @file Lowerings of kernels that compute each element from the elements at the same place. */
import { type Dtype, isSameShape } from "@nnx-js/nn/trace";
import {
  abs,
  add,
  ceil,
  div,
  eq,
  exp,
  expm1,
  floor,
  le,
  lt,
  max,
  min,
  mul,
  ne,
  neg,
  not,
  round,
  select,
  sqrt,
} from "../expr/arithmetic.ts";
import { constant, type Expr, type Lane } from "../expr/expr.ts";
import { apply, type OpName } from "../expr/operations.ts";
import { laneOfDtype, type Tensor } from "./context.ts";
import { converted, filled, mapped, pointwise, toLane } from "./convert.ts";
import { broadcastTo } from "./moves.ts";
import { type AB, type LoweringRule, type LoweringRules, rule, type X } from "./rule.ts";
import { ANY, BOOL, FLOAT, INT, NUMBERS, type Takes } from "./takes.ts";

/** A kernel of one input that is computed as floats. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it names what the kernel is called with
function unary<A extends object = object>(
  takes: readonly Dtype[],
  f: (x: Expr, attrs: A) => Expr,
): LoweringRule {
  return rule<X, A>(takes, (_, { x }, attrs, [output]) =>
    mapped(x, output!.dtype, (expr) => f(toLane(expr, "f32"), attrs)),
  );
}

/** Kernels named after functions whose values are no integers: an integer tensor could not hold them. */
const FUNCTIONS = [
  "Acos",
  "Acosh",
  "Asin",
  "Asinh",
  "Atan",
  "Atanh",
  "Cos",
  "Cosh",
  "Erf",
  "ErfInv",
  "Expm1",
  "Log",
  "Log1p",
  "Sigmoid",
  "Sin",
  "Sinh",
  "Softplus",
  "Sqrt",
  "Tan",
  "Tanh",
] as const;

function functionNamed(kernel: (typeof FUNCTIONS)[number]): LoweringRule {
  const name = (kernel.charAt(0).toLowerCase() + kernel.slice(1)) as Uncapitalize<typeof kernel>;
  return unary(FLOAT, (x) => apply(`f32.${name}`, x));
}

/** A kernel of one input with a form for integers, which counts truth values as 0 and 1. */
function unaryOfBoth<A extends object = object>(
  float: (x: Expr, attrs: A) => Expr,
  integer = float,
): LoweringRule {
  return rule<X, A>(ANY, (_, { x }, attrs, [output]) =>
    mapped(x, output!.dtype, (expr) =>
      expr.lane === "f32" ? float(expr, attrs) : integer(toLane(expr, "i32"), attrs),
    ),
  );
}

const same = (x: Expr) => x;

/** The lane in which a kernel of two inputs works. */
function laneOfBoth({ a, b }: AB): "f32" | "i32" {
  return a.dtype === "float32" || b.dtype === "float32" ? "f32" : "i32";
}

/** A kernel of two inputs that are broadcast. */
function binary(
  name: "add" | "eq" | "floorDiv" | "le" | "lt" | "max" | "min" | "mod" | "mul" | "ne" | "pow" | "sub",
): LoweringRule {
  return rule<AB>(ANY, (lowering, { a, b }, _, [output]) => {
    const lane = laneOfBoth({ a, b });
    return pointwise(lowering, `${lane}.${name}`, lane, [a, b], output!);
  });
}

/** A kernel of two inputs that is computed in one lane. */
function binaryIn(lane: Lane, op: OpName, takes: Takes | readonly Dtype[]): LoweringRule {
  return rule<AB>(takes, (lowering, { a, b }, _, [output]) => pointwise(lowering, op, lane, [a, b], output!));
}

/** The same with the inputs exchanged. */
function swapped({ takes, lower }: LoweringRule): LoweringRule {
  return {
    takes,
    lower: (lowering, { a, b }, attrs, outputs) => lower(lowering, { a: b!, b: a! }, attrs, outputs),
  };
}

const isNegative = (x: Expr) => lt(x, 0);
const isPositive = (x: Expr) => lt(0, x);
const isNaN = (x: Expr) => ne(x, x);
const clamped = (x: Expr, low: number, high: number) => min(max(x, low), high);

const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

/** The whole part of `bound`, brought into int32. */
const whole = (bound: number) => Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(bound)));

/** `x` between two bounds, of which an integer takes the whole part. */
function clampedInteger(x: Expr, low: number, high: number): Expr {
  const raised = Number.isNaN(low) ? x : max(x, whole(low));
  return Number.isNaN(high) ? raised : min(raised, whole(high));
}

/** Brings a condition of rank 1 to the rows of a larger tensor. */
function asRows(condition: Tensor, shape: readonly number[]): Tensor {
  if (condition.shape.length !== 1 || shape.length <= 1) return condition;
  return { ...condition, shape: [...condition.shape, ...shape.slice(1).map(() => 1)] };
}

const lessThan = binary("lt");
const lessOrEqual = binary("le");

/** Unary, binary and comparing kernels, casts and choices. */
export const elementwise: LoweringRules = {
  ...Object.fromEntries(FUNCTIONS.map((kernel) => [kernel, functionNamed(kernel)])),
  Abs: unaryOfBoth(abs),
  Ceil: unaryOfBoth(ceil, same),
  Exp: unary(NUMBERS, exp),
  Floor: unaryOfBoth(floor, same),
  Neg: unaryOfBoth(neg),
  Reciprocal: unary(FLOAT, (x) => div(1, x)),
  Round: unaryOfBoth(round, same),
  Rsqrt: unary(FLOAT, (x) => div(1, sqrt(x))),
  Sign: unaryOfBoth(
    (x) => select(isPositive(x), 1, select(isNegative(x), -1, select(isNaN(x), x, 0))),
    (x) => clampedInteger(x, -1, 1),
  ),
  Square: unaryOfBoth((x) => mul(x, x)),

  Elu: unary(FLOAT, (x) => select(isNegative(x), expm1(x), x)),
  Relu: unaryOfBoth((x) => max(x, 0)),
  Relu6: unaryOfBoth(
    (x) => clamped(x, 0, 6),
    (x) => clampedInteger(x, 0, 6),
  ),
  Selu: unary(FLOAT, (x) => select(isNegative(x), mul(expm1(x), SELU_SCALE_ALPHA), mul(x, SELU_SCALE))),
  LeakyRelu: unary<{ alpha: number }>(ANY, (x, { alpha }) => select(isNegative(x), mul(x, alpha), x)),
  Prelu: rule<{ x: Tensor; alpha: Tensor }>(ANY, (lowering, { x, alpha }, _, [output]) => {
    const { shape } = output!;
    const value = toLane(broadcastTo(lowering, x, shape).expr, "f32");
    const slope = toLane(broadcastTo(lowering, alpha, shape).expr, "f32");
    return { shape, dtype: "float32", expr: select(isNegative(value), mul(slope, value), value) };
  }),
  Step: unaryOfBoth<{ alpha?: number }>(
    (x, { alpha = 0 }) => select(isNaN(x), x, select(isPositive(x), constant(1, "f32"), alpha)),
    (x, { alpha = 0 }) => select(isPositive(x), constant(1, "i32"), alpha),
  ),
  ClipByValue: unaryOfBoth<{ clipValueMin: number; clipValueMax: number }>(
    (x, { clipValueMin, clipValueMax }) => clamped(x, clipValueMin, clipValueMax),
    (x, { clipValueMin, clipValueMax }) => clampedInteger(x, clipValueMin, clipValueMax),
  ),
  EluGrad: rule<{ dy: Tensor; y: Tensor }>(FLOAT, (_, { dy, y }) =>
    mapped(dy, "float32", (expr) => mul(expr, select(le(0, y.expr), 1, add(y.expr, 1)))),
  ),

  Add: binary("add"),
  Atan2: binaryIn("f32", "f32.atan2", FLOAT),
  BitwiseAnd: binaryIn("i32", "i32.and", INT),
  FloorDiv: binary("floorDiv"),
  Maximum: binary("max"),
  Minimum: binary("min"),
  Mod: binary("mod"),
  Multiply: binary("mul"),
  Pow: binary("pow"),
  RealDiv: binaryIn("f32", "f32.div", FLOAT),
  SquaredDifference: rule<AB>(ANY, (lowering, { a, b }, _, [output]) => {
    const lane = laneOfBoth({ a, b });
    const wide = { shape: output!.shape, dtype: lane === "f32" ? ("float32" as const) : ("int32" as const) };
    const difference = pointwise(lowering, `${lane}.sub`, lane, [a, b], wide);
    return mapped(difference, output!.dtype, (expr) => mul(expr, expr));
  }),
  Sub: binary("sub"),
  AddN: rule<Record<string, Tensor>>({ all: ANY, alike: true }, (lowering, inputs, _, [output]) => {
    const lane = output!.dtype === "float32" ? "f32" : "i32";
    return Object.values(inputs).reduce((sum, tensor) =>
      // There may be thousands: as kernels do, each works on what is not too large.
      pointwise(lowering, `${lane}.add`, lane, [lowering.settle(sum, 1), tensor], output!),
    );
  }),

  Equal: binary("eq"),
  NotEqual: binary("ne"),
  Less: lessThan,
  LessEqual: lessOrEqual,
  Greater: swapped(lessThan),
  GreaterEqual: swapped(lessOrEqual),
  LogicalAnd: binaryIn("bool", "bool.and", BOOL),
  LogicalOr: binaryIn("bool", "bool.or", BOOL),
  LogicalXor: binaryIn("bool", "bool.xor", BOOL),
  LogicalNot: rule<X>(BOOL, (_, { x }) => mapped(x, "bool", (expr) => not(toLane(expr, "bool")))),
  IsNan: unary(ANY, isNaN),
  IsInf: unary(ANY, (x) => eq(abs(x), Infinity)),
  IsFinite: unary(ANY, (x) => lt(abs(x), Infinity)),

  Cast: rule<X>(ANY, (_, { x }, __, [output]) => converted(x, output!.dtype)),
  Identity: rule<X>(ANY, (_, { x }) => x),
  OnesLike: rule<X>(ANY, (_, { x }) => filled(x.shape, x.dtype, 1)),
  ZerosLike: rule<X>(ANY, (_, { x }) => filled(x.shape, x.dtype, 0)),
  Select: rule<{ condition: Tensor; t: Tensor; e: Tensor }>(
    ANY,
    (lowering, { condition, t, e }, _, [output]) => {
      const { shape, dtype } = output!;
      // A tensor, or itself as a constant for gradients.
      if (t === e && isSameShape(t.shape, shape)) return t;
      const lane = laneOfDtype(dtype);
      const test = toLane(broadcastTo(lowering, asRows(condition, shape), shape).expr, "bool");
      const yes = toLane(broadcastTo(lowering, t, shape).expr, lane);
      const no = toLane(broadcastTo(lowering, e, shape).expr, lane);
      return { shape, dtype, expr: select(test, yes, no) };
    },
  ),
};
