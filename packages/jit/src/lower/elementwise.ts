/** @file Lowerings of kernels that compute each element from the elements at the same place. */
import { type Dtype, isSameShape } from "@nnx-js/nn/trace";
import { constant, type Expr } from "../expr/expr.ts";
import { apply, type OpName } from "../expr/operations.ts";
import { laneOfDtype, type Tensor } from "./context.ts";
import { broadcastTo, filled, mapped, pointwise, toLane } from "./convert.ts";
import { type AB, type LoweringRule, type LoweringRules, rule, type X } from "./rule.ts";
import { ANY, BOOL, FLOAT, INT, NUMBERS, type Takes } from "./takes.ts";

const f32 = (value: number) => constant(value, "f32");
const i32 = (value: number) => constant(value, "i32");

/** A kernel of one input that is computed as floats. */
function unary(takes: readonly Dtype[], f: (x: Expr) => Expr): LoweringRule {
  return rule<X>(takes, (_, { x }, __, [output]) =>
    mapped(x, output!.dtype, (expr) => f(toLane(expr, "f32"))),
  );
}

/** A function whose values are no integers: an integer tensor could not hold them. */
function unaryOf(op: OpName): LoweringRule {
  return unary(FLOAT, (x) => apply(op, x));
}

/** A kernel of one input with a form for integers, which counts truth values as 0 and 1. */
function unaryOfBoth<A extends object = object>(
  float: (x: Expr, attrs: A) => Expr,
  integer: (x: Expr, attrs: A) => Expr,
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
function binaryOf(float: OpName, integer: OpName): LoweringRule {
  return rule<AB>(ANY, (lowering, inputs, _, [output]) => {
    const lane = laneOfBoth(inputs);
    return pointwise(lowering, lane === "f32" ? float : integer, lane, [inputs.a, inputs.b], output!);
  });
}

/** A kernel of two inputs that is computed as floats. */
function floatBinaryOf(op: OpName, takes: Takes | readonly Dtype[]): LoweringRule {
  return rule<AB>(takes, (lowering, { a, b }, _, [output]) =>
    pointwise(lowering, op, "f32", [a, b], output!),
  );
}

/** The same with the inputs exchanged. */
function swapped({ takes, lower }: LoweringRule): LoweringRule {
  return {
    takes,
    lower: (lowering, { a, b }, attrs, outputs) => lower(lowering, { a: b!, b: a! }, attrs, outputs),
  };
}

function logical(op: OpName): LoweringRule {
  return rule<AB>(BOOL, (lowering, { a, b }, _, [output]) =>
    pointwise(lowering, op, "bool", [a, b], output!),
  );
}

const select = (condition: Expr, a: Expr, b: Expr) => apply("f32.select", condition, a, b);
const isNegative = (x: Expr) => apply("f32.lt", x, f32(0));
const isPositive = (x: Expr) => apply("f32.lt", f32(0), x);
const clamped = (x: Expr, low: number, high: number) =>
  apply("f32.min", apply("f32.max", x, f32(low)), f32(high));
const isNaN = (x: Expr) => apply("f32.ne", x, x);

const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

function scaled(x: Expr, factor: number): Expr {
  return apply("f32.mul", x, f32(factor));
}

/** The whole part of `bound`, brought into int32. */
const whole = (bound: number) => Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(bound)));

/** `x` between two bounds, of which an integer takes the whole part. */
function clampedInteger(x: Expr, low: number, high: number): Expr {
  const raised = Number.isNaN(low) ? x : apply("i32.max", x, i32(whole(low)));
  return Number.isNaN(high) ? raised : apply("i32.min", raised, i32(whole(high)));
}

/** Brings a condition of rank 1 to the rows of a larger tensor. */
function asRows(condition: Tensor, shape: readonly number[]): Tensor {
  if (condition.shape.length !== 1 || shape.length <= 1) return condition;
  return { ...condition, shape: [...condition.shape, ...shape.slice(1).map(() => 1)] };
}

const lessThan = binaryOf("f32.lt", "i32.lt");
const lessOrEqual = binaryOf("f32.le", "i32.le");

/** Unary, binary and comparing kernels, casts and choices. */
export const elementwise: LoweringRules = {
  Abs: unaryOfBoth(
    (x) => apply("f32.abs", x),
    (x) => apply("i32.abs", x),
  ),
  Acos: unaryOf("f32.acos"),
  Acosh: unaryOf("f32.acosh"),
  Asin: unaryOf("f32.asin"),
  Asinh: unaryOf("f32.asinh"),
  Atan: unaryOf("f32.atan"),
  Atanh: unaryOf("f32.atanh"),
  Ceil: unaryOfBoth((x) => apply("f32.ceil", x), same),
  Cos: unaryOf("f32.cos"),
  Cosh: unaryOf("f32.cosh"),
  Erf: unaryOf("f32.erf"),
  ErfInv: unaryOf("f32.erfInv"),
  Exp: unary(NUMBERS, (x) => apply("f32.exp", x)),
  Expm1: unaryOf("f32.expm1"),
  Floor: unaryOfBoth((x) => apply("f32.floor", x), same),
  Log: unaryOf("f32.log"),
  Log1p: unaryOf("f32.log1p"),
  Neg: unaryOfBoth(
    (x) => apply("f32.neg", x),
    (x) => apply("i32.neg", x),
  ),
  Reciprocal: unary(FLOAT, (x) => apply("f32.div", f32(1), x)),
  Round: unaryOfBoth((x) => apply("f32.round", x), same),
  Rsqrt: unary(FLOAT, (x) => apply("f32.div", f32(1), apply("f32.sqrt", x))),
  Sigmoid: unaryOf("f32.sigmoid"),
  Sign: unaryOfBoth(
    (x) => select(isPositive(x), f32(1), select(isNegative(x), f32(-1), select(isNaN(x), x, f32(0)))),
    (x) => clampedInteger(x, -1, 1),
  ),
  Sin: unaryOf("f32.sin"),
  Sinh: unaryOf("f32.sinh"),
  Softplus: unaryOf("f32.softplus"),
  Sqrt: unaryOf("f32.sqrt"),
  Square: unaryOfBoth(
    (x) => apply("f32.mul", x, x),
    (x) => apply("i32.mul", x, x),
  ),
  Tan: unaryOf("f32.tan"),
  Tanh: unaryOf("f32.tanh"),

  Elu: unary(FLOAT, (x) => select(isNegative(x), apply("f32.expm1", x), x)),
  Relu: unaryOfBoth(
    (x) => apply("f32.max", x, f32(0)),
    (x) => apply("i32.max", x, i32(0)),
  ),
  Relu6: unaryOfBoth(
    (x) => clamped(x, 0, 6),
    (x) => clampedInteger(x, 0, 6),
  ),
  Selu: unary(FLOAT, (x) =>
    select(isNegative(x), scaled(apply("f32.expm1", x), SELU_SCALE_ALPHA), scaled(x, SELU_SCALE)),
  ),
  LeakyRelu: rule<X, { alpha: number }>(ANY, (_, { x }, { alpha }, [output]) =>
    mapped(x, output!.dtype, (expr) => {
      const value = toLane(expr, "f32");
      return select(isNegative(value), scaled(value, alpha), value);
    }),
  ),
  Prelu: rule<{ x: Tensor; alpha: Tensor }>(ANY, (lowering, { x, alpha }, _, [output]) => {
    const value = toLane(broadcastTo(lowering, x, output!.shape).expr, "f32");
    const slope = toLane(broadcastTo(lowering, alpha, output!.shape).expr, "f32");
    return {
      shape: output!.shape,
      dtype: "float32",
      expr: select(isNegative(value), apply("f32.mul", slope, value), value),
    };
  }),
  Step: unaryOfBoth<{ alpha?: number }>(
    (x, { alpha = 0 }) => select(isNaN(x), x, select(isPositive(x), f32(1), f32(alpha))),
    (x, { alpha = 0 }) => apply("i32.select", apply("i32.lt", i32(0), x), i32(1), i32(alpha)),
  ),
  ClipByValue: unaryOfBoth<{ clipValueMin: number; clipValueMax: number }>(
    (x, { clipValueMin, clipValueMax }) => clamped(x, clipValueMin, clipValueMax),
    (x, { clipValueMin, clipValueMax }) => clampedInteger(x, clipValueMin, clipValueMax),
  ),
  EluGrad: rule<{ dy: Tensor; y: Tensor }>(FLOAT, (_, { dy, y }) =>
    mapped(dy, "float32", (expr) =>
      apply(
        "f32.mul",
        expr,
        select(apply("f32.le", f32(0), y.expr), f32(1), apply("f32.add", y.expr, f32(1))),
      ),
    ),
  ),

  Add: binaryOf("f32.add", "i32.add"),
  Atan2: floatBinaryOf("f32.atan2", FLOAT),
  BitwiseAnd: rule<AB>(INT, (lowering, { a, b }, _, [output]) =>
    pointwise(lowering, "i32.and", "i32", [a, b], output!),
  ),
  FloorDiv: binaryOf("f32.floorDiv", "i32.floorDiv"),
  Maximum: binaryOf("f32.max", "i32.max"),
  Minimum: binaryOf("f32.min", "i32.min"),
  Mod: binaryOf("f32.mod", "i32.mod"),
  Multiply: binaryOf("f32.mul", "i32.mul"),
  Pow: binaryOf("f32.pow", "i32.pow"),
  RealDiv: floatBinaryOf("f32.div", FLOAT),
  SquaredDifference: rule<AB>(ANY, (lowering, { a, b }, _, [output]) => {
    const lane = laneOfBoth({ a, b });
    const wide = { shape: output!.shape, dtype: lane === "f32" ? ("float32" as const) : ("int32" as const) };
    const difference = pointwise(lowering, `${lane}.sub`, lane, [a, b], wide);
    return mapped(difference, output!.dtype, (expr) => apply(`${lane}.mul`, expr, expr));
  }),
  Sub: binaryOf("f32.sub", "i32.sub"),
  AddN: rule<Record<string, Tensor>>({ all: ANY, alike: true }, (lowering, inputs, _, [output]) => {
    const lane = output!.dtype === "float32" ? "f32" : "i32";
    return Object.values(inputs).reduce((sum, tensor) =>
      // There may be thousands: as kernels do, each works on what is not too large.
      pointwise(lowering, `${lane}.add`, lane, [lowering.settle(sum, 1), tensor], output!),
    );
  }),

  Equal: binaryOf("f32.eq", "i32.eq"),
  NotEqual: binaryOf("f32.ne", "i32.ne"),
  Less: lessThan,
  LessEqual: lessOrEqual,
  Greater: swapped(lessThan),
  GreaterEqual: swapped(lessOrEqual),
  LogicalAnd: logical("bool.and"),
  LogicalOr: logical("bool.or"),
  LogicalXor: logical("bool.xor"),
  LogicalNot: rule<X>(BOOL, (_, { x }) =>
    mapped(x, "bool", (expr) => apply("bool.not", toLane(expr, "bool"))),
  ),
  IsNan: rule<X>(ANY, (_, { x }) => mapped(x, "bool", (expr) => isNaN(toLane(expr, "f32")))),
  IsInf: rule<X>(ANY, (_, { x }) =>
    mapped(x, "bool", (expr) => apply("f32.eq", apply("f32.abs", toLane(expr, "f32")), f32(Infinity))),
  ),
  IsFinite: rule<X>(ANY, (_, { x }) =>
    mapped(x, "bool", (expr) => apply("f32.lt", apply("f32.abs", toLane(expr, "f32")), f32(Infinity))),
  ),

  Cast: rule<X>(ANY, (_, { x }, __, [output]) => mapped(x, output!.dtype, (expr) => expr)),
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
      return { shape, dtype, expr: apply(`${lane}.select`, test, yes, no) };
    },
  ),
};
