/** @file Lowerings of kernels that compute each element from the elements at the same place. */
import { constant, type Expr } from "../expr/expr.ts";
import { apply, type OpName } from "../expr/operations.ts";
import type { Tensor } from "./context.ts";
import { broadcastTo, filled, mapped, pointwise, toLane } from "./convert.ts";
import { type AB, type LoweringRule, type LoweringRules, rule, type X } from "./rule.ts";

const f32 = (value: number) => constant(value, "f32");

/** A kernel of one float input. */
function unary(f: (x: Expr) => Expr): LoweringRule {
  return rule<X>((_, { x }, __, [output]) => mapped(x, output!.dtype, (expr) => f(toLane(expr, "f32"))));
}

function unaryOf(op: OpName): LoweringRule {
  return unary((x) => apply(op, x));
}

/** A kernel of one input with a form for integers. */
function unaryOfBoth(float: OpName, integer: OpName | undefined): LoweringRule {
  return rule<X>((_, { x }, __, [output]) =>
    mapped(x, output!.dtype, (expr) => {
      if (expr.lane === "f32") return apply(float, expr);
      return integer ? apply(integer, toLane(expr, "i32")) : expr;
    }),
  );
}

/** A kernel of two inputs that are broadcast. */
function binaryOf(float: OpName, integer: OpName | undefined): LoweringRule {
  return rule<AB>((lowering, { a, b }, _, [output]) => {
    const isFloat = !integer || a.dtype === "float32" || b.dtype === "float32";
    return pointwise(lowering, isFloat ? float : integer, isFloat ? "f32" : "i32", [a, b], output!);
  });
}

/** The same with the inputs exchanged. */
function swapped(lower: LoweringRule): LoweringRule {
  return (lowering, { a, b }, attrs, outputs) => lower(lowering, { a: b!, b: a! }, attrs, outputs);
}

function logical(op: OpName): LoweringRule {
  return rule<AB>((lowering, { a, b }, _, [output]) => pointwise(lowering, op, "bool", [a, b], output!));
}

const select = (condition: Expr, a: Expr, b: Expr) => apply("f32.select", condition, a, b);
const isNegative = (x: Expr) => apply("f32.lt", x, f32(0));
const isPositive = (x: Expr) => apply("f32.lt", f32(0), x);
const isNaN = (x: Expr) => apply("f32.ne", x, x);

const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

function scaled(x: Expr, factor: number): Expr {
  return apply("f32.mul", x, f32(factor));
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
  Abs: unaryOfBoth("f32.abs", "i32.abs"),
  Acos: unaryOf("f32.acos"),
  Acosh: unaryOf("f32.acosh"),
  Asin: unaryOf("f32.asin"),
  Asinh: unaryOf("f32.asinh"),
  Atan: unaryOf("f32.atan"),
  Atanh: unaryOf("f32.atanh"),
  Ceil: unaryOfBoth("f32.ceil", undefined),
  Cos: unaryOf("f32.cos"),
  Cosh: unaryOf("f32.cosh"),
  Erf: unaryOf("f32.erf"),
  ErfInv: unaryOf("f32.erfInv"),
  Exp: unaryOf("f32.exp"),
  Expm1: unaryOf("f32.expm1"),
  Floor: unaryOfBoth("f32.floor", undefined),
  Log: unaryOf("f32.log"),
  Log1p: unaryOf("f32.log1p"),
  Neg: unaryOfBoth("f32.neg", "i32.neg"),
  Reciprocal: unary((x) => apply("f32.div", f32(1), x)),
  Round: unaryOfBoth("f32.round", undefined),
  Rsqrt: unary((x) => apply("f32.div", f32(1), apply("f32.sqrt", x))),
  Sigmoid: unaryOf("f32.sigmoid"),
  Sign: unary((x) => select(isPositive(x), f32(1), select(isNegative(x), f32(-1), f32(0)))),
  Sin: unaryOf("f32.sin"),
  Sinh: unaryOf("f32.sinh"),
  Softplus: unaryOf("f32.softplus"),
  Sqrt: unaryOf("f32.sqrt"),
  Square: rule<X>((lowering, { x }, _, [output]) =>
    pointwise(
      lowering,
      x.dtype === "float32" ? "f32.mul" : "i32.mul",
      x.dtype === "float32" ? "f32" : "i32",
      [x, x],
      output!,
    ),
  ),
  Tan: unaryOf("f32.tan"),
  Tanh: unaryOf("f32.tanh"),

  Elu: unary((x) => select(isNegative(x), apply("f32.expm1", x), x)),
  Relu: unary((x) => apply("f32.max", x, f32(0))),
  Relu6: unary((x) => apply("f32.min", apply("f32.max", x, f32(0)), f32(6))),
  Selu: unary((x) =>
    select(isNegative(x), scaled(apply("f32.expm1", x), SELU_SCALE_ALPHA), scaled(x, SELU_SCALE)),
  ),
  LeakyRelu: rule<X, { alpha: number }>((_, { x }, { alpha }, [output]) =>
    mapped(x, output!.dtype, (expr) => {
      const value = toLane(expr, "f32");
      return select(isNegative(value), scaled(value, alpha), value);
    }),
  ),
  Prelu: rule<{ x: Tensor; alpha: Tensor }>((lowering, { x, alpha }, _, [output]) => {
    const value = toLane(broadcastTo(lowering, x, output!.shape).expr, "f32");
    const slope = toLane(broadcastTo(lowering, alpha, output!.shape).expr, "f32");
    return {
      shape: output!.shape,
      dtype: "float32",
      expr: select(isNegative(value), apply("f32.mul", slope, value), value),
    };
  }),
  Step: rule<X, { alpha?: number }>((_, { x }, { alpha = 0 }, [output]) =>
    mapped(x, output!.dtype, (expr) => {
      const value = toLane(expr, "f32");
      return select(isNaN(value), value, select(isPositive(value), f32(1), f32(alpha)));
    }),
  ),
  ClipByValue: rule<X, { clipValueMin: number; clipValueMax: number }>(
    (_, { x }, { clipValueMin, clipValueMax }, [output]) =>
      mapped(x, output!.dtype, (expr) =>
        apply("f32.min", apply("f32.max", toLane(expr, "f32"), f32(clipValueMin)), f32(clipValueMax)),
      ),
  ),
  EluGrad: rule<{ dy: Tensor; y: Tensor }>((_, { dy, y }) =>
    mapped(dy, "float32", (expr) =>
      apply("f32.mul", expr, select(isNegative(y.expr), apply("f32.add", y.expr, f32(1)), f32(1))),
    ),
  ),

  Add: binaryOf("f32.add", "i32.add"),
  Atan2: binaryOf("f32.atan2", undefined),
  BitwiseAnd: binaryOf("f32.add", "i32.and"),
  FloorDiv: rule<AB>((lowering, { a, b }, _, [output]) => {
    const { shape, dtype } = output!;
    if (a.dtype !== "float32") return pointwise(lowering, "i32.floorDiv", "i32", [a, b], output!);
    const quotient = pointwise(lowering, "f32.div", "f32", [a, b], { shape, dtype: "float32" });
    return mapped(quotient, dtype, (expr) => apply("f32.floor", expr));
  }),
  Maximum: binaryOf("f32.max", "i32.max"),
  Minimum: binaryOf("f32.min", "i32.min"),
  Mod: binaryOf("f32.mod", "i32.mod"),
  Multiply: binaryOf("f32.mul", "i32.mul"),
  Pow: binaryOf("f32.pow", undefined),
  RealDiv: binaryOf("f32.div", undefined),
  SquaredDifference: rule<AB>((lowering, { a, b }, _, [output]) => {
    const isFloat = output!.dtype === "float32";
    const lane = isFloat ? "f32" : "i32";
    const difference = pointwise(lowering, isFloat ? "f32.sub" : "i32.sub", lane, [a, b], output!);
    return pointwise(lowering, isFloat ? "f32.mul" : "i32.mul", lane, [difference, difference], output!);
  }),
  Sub: binaryOf("f32.sub", "i32.sub"),
  AddN: rule<Record<string, Tensor>>((lowering, inputs, _, [output]) =>
    Object.values(inputs).reduce((sum, tensor) =>
      pointwise(
        lowering,
        output!.dtype === "float32" ? "f32.add" : "i32.add",
        output!.dtype === "float32" ? "f32" : "i32",
        // There may be thousands: as kernels do, each works on what is not too large.
        [lowering.settle(sum, 1), tensor],
        output!,
      ),
    ),
  ),

  Equal: binaryOf("f32.eq", "i32.eq"),
  NotEqual: binaryOf("f32.ne", "i32.ne"),
  Less: lessThan,
  LessEqual: lessOrEqual,
  Greater: swapped(lessThan),
  GreaterEqual: swapped(lessOrEqual),
  LogicalAnd: logical("bool.and"),
  LogicalOr: logical("bool.or"),
  LogicalXor: logical("bool.xor"),
  LogicalNot: rule<X>((_, { x }) => mapped(x, "bool", (expr) => apply("bool.not", toLane(expr, "bool")))),
  IsNan: rule<X>((_, { x }) => mapped(x, "bool", (expr) => isNaN(toLane(expr, "f32")))),
  IsInf: rule<X>((_, { x }) =>
    mapped(x, "bool", (expr) => apply("f32.eq", apply("f32.abs", toLane(expr, "f32")), f32(Infinity))),
  ),
  IsFinite: rule<X>((_, { x }) =>
    mapped(x, "bool", (expr) => apply("f32.lt", apply("f32.abs", toLane(expr, "f32")), f32(Infinity))),
  ),

  Cast: rule<X>((_, { x }, __, [output]) => mapped(x, output!.dtype, (expr) => expr)),
  Identity: rule<X>((_, { x }) => x),
  OnesLike: rule<X>((_, { x }) => filled(x.shape, x.dtype, 1)),
  ZerosLike: rule<X>((_, { x }) => filled(x.shape, x.dtype, 0)),
  Select: rule<{ condition: Tensor; t: Tensor; e: Tensor }>((lowering, { condition, t, e }, _, [output]) => {
    const { shape, dtype } = output!;
    const lane = dtype === "float32" ? "f32" : dtype === "int32" ? "i32" : "bool";
    const test = toLane(broadcastTo(lowering, asRows(condition, shape), shape).expr, "bool");
    const yes = toLane(broadcastTo(lowering, t, shape).expr, lane);
    const no = toLane(broadcastTo(lowering, e, shape).expr, lane);
    return { shape, dtype, expr: apply(`${lane}.select`, test, yes, no) };
  }),
};
