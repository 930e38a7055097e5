/** @file Shape rules of kernels that compute each output element from the elements at the same place. */
import { backend_util, type DataType, upcastType } from "@tensorflow/tfjs-core";
import { type AB, rule, share, type ShapeRules, specOf, type Operand, type X } from "../rule.ts";

/** Kernels of one input `x` whose output is like it. */
// prettier-ignore
const UNARY = [
  "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "ClipByValue", "Cos", "Cosh", "Elu",
  "Erf", "Expm1", "Floor", "Identity", "Log", "Log1p", "Neg", "OnesLike", "Reciprocal", "Relu",
  "Relu6", "Round", "Rsqrt", "Selu", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Sqrt", "Square",
  "StaticRegexReplace", "Step", "Tan", "Tanh", "ZerosLike",
];

/** Kernels of two inputs that are broadcast; the operation has made their dtypes equal. */
// prettier-ignore
const BINARY = [
  "Add", "Atan2", "BitwiseAnd", "Maximum", "Minimum", "Mod", "Multiply", "Pow", "RealDiv",
  "SquaredDifference", "Sub",
];

/** Kernels of two inputs that answer `bool`. */
// prettier-ignore
const COMPARISON = [
  "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalOr", "LogicalXor", "NotEqual",
];

function broadcast({ a, b }: AB, dtype: DataType): Operand {
  return { shape: backend_util.assertAndGetBroadcastShape(a.shape, b.shape), dtype };
}

/** Rules of unary, binary, comparison, cast and select kernels. */
export const elementwiseRules: ShapeRules = {
  ...share(
    UNARY,
    rule<X>(({ x }) => specOf(x)),
  ),
  ...share(
    ["IsFinite", "IsInf", "IsNan", "LogicalNot"],
    rule<X>(({ x }) => specOf(x, { dtype: "bool" })),
  ),
  ...share(
    BINARY,
    rule<AB>((inputs) => broadcast(inputs, upcastType(inputs.a.dtype, inputs.b.dtype))),
  ),
  ...share(
    COMPARISON,
    rule<AB>((inputs) => broadcast(inputs, "bool")),
  ),
  AddN: rule<Record<string, Operand>>((inputs) => specOf(inputs["0"]!)),
  Cast: rule<X, { dtype: DataType }>(({ x }, { dtype }) => specOf(x, { dtype })),
  ComplexAbs: rule<X>(({ x }) => specOf(x, { dtype: "float32" })),
  EluGrad: rule<{ y: Operand }>(({ y }) => specOf(y, { dtype: "float32" })),
  ...share(
    ["Exp", "LeakyRelu"],
    rule<X>(({ x }) => specOf(x, { dtype: "float32" })),
  ),
  FloorDiv: rule<AB>((inputs) => broadcast(inputs, "int32")),
  Prelu: rule<{ x: Operand; alpha: Operand }>(({ x, alpha }) => broadcast({ a: x, b: alpha }, "float32")),
  // The operation broadcasts all three first; only a condition of rank 1 may be shorter, over the rows.
  Select: rule<{ condition: Operand; t: Operand; e: Operand }>(({ t, e }) =>
    specOf(t, { dtype: upcastType(t.dtype, e.dtype) }),
  ),
};
