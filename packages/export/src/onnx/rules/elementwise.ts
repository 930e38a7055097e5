/** @file Kernels that compute each element from the element at the same place. */
import type { Dtype } from "@nnx-js/jit/graph";
import type { Emission } from "../build/emission.ts";
import type { OnnxAttr } from "../build/onnx-graph.ts";
import type { Value } from "../symbolic/graph.ts";
import { ANY, BOOL, FLOAT, NUMBERS, type Rule, rule, type Rules } from "./rule.ts";

/** A function of one tensor by its name. */
type Unary = (emission: Emission, x: string, dtype: Dtype) => string;

function unary(takes: readonly Dtype[], f: Unary): Rule {
  return rule(takes, (emission, { x }, _, [output]) =>
    emission.pointwise([x], output, (name) => f(emission, name, x.dtype)),
  );
}

/** A kernel that is an operator of the same meaning. */
function operator(type: string, attrs: Readonly<Record<string, OnnxAttr>> = {}): Rule {
  return unary(FLOAT, ({ graph }, x) => graph.op(type, [x], attrs));
}

/** The same for integers, which such a kernel leaves as they are. */
function rounding(type: string): Rule {
  return unary(ANY, ({ graph }, x, dtype) => (dtype === "float32" ? graph.op(type, [x]) : x));
}

/** Truth values count as 0 and 1. */
function asNumber({ graph }: Emission, x: string, dtype: Dtype): string {
  return dtype === "bool" ? graph.cast(x, "bool", "int32") : x;
}

const numberOf = (dtype: Dtype): Dtype => (dtype === "float32" ? "float32" : "int32");

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** `max(x, 0)` and its like of a tensor by name. */
const relu: Unary = (emission, x, dtype) => {
  if (dtype === "float32") return emission.graph.op("Relu", [x]);
  return emission.graph.op("Max", [asNumber(emission, x, dtype), emission.number(0, "int32")]);
};

/** The whole part of a bound, brought into int32. */
function whole(bound: number): number {
  return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(bound)));
}

/** `x` between bounds, of which there may be one only. */
function clipped(emission: Emission, x: string, low: number, high: number, dtype: Dtype): string {
  const bound = (value: number) => {
    if (Number.isNaN(value)) return "";
    return emission.number(dtype === "float32" ? value : whole(value), numberOf(dtype));
  };
  return emission.graph.op("Clip", [asNumber(emission, x, dtype), bound(low), bound(high)]);
}

/** `exp(x) - 1` without loss near 0: `tanh(x / 2) * (exp(x) + 1)`. */
const expm1: Unary = (emission, x) => {
  const { graph } = emission;
  const half = graph.op("Tanh", [graph.op("Mul", [x, emission.number(0.5)])]);
  return graph.op("Mul", [half, graph.op("Add", [graph.op("Exp", [x]), emission.number(1)])]);
};

/** `log(1 + x)` without loss near 0: `log(u) * x / (u - 1)` for `u = 1 + x`, rounded. */
const log1p: Unary = (emission, x) => {
  const { graph } = emission;
  const one = emission.number(1);
  const u = graph.op("Add", [x, one]);
  const log = graph.op("Log", [u]);
  const rest = graph.op("Sub", [u, one]);
  const isNothing = graph.op("Equal", [rest, emission.number(0)]);
  const divisor = graph.op("Where", [isNothing, one, rest]);
  const exact = graph.op("Div", [graph.op("Mul", [log, x]), divisor]);
  const isNear = graph.op("Less", [graph.op("Abs", [x]), emission.number(0.5)]);
  return graph.op("Where", [isNear, graph.op("Where", [isNothing, x, exact]), log]);
};

/** `x` where it is not negative, something else where it is. */
function orNegative(emission: Emission, x: string, negative: string): string {
  const isNegative = emission.graph.op("Less", [x, emission.number(0)]);
  return emission.graph.op("Where", [isNegative, negative, x]);
}

const isFinite: Unary = ({ graph }, x) =>
  graph.op("Not", [graph.op("Or", [graph.op("IsInf", [x]), graph.op("IsNaN", [x])])]);

/** Kernels that ask what a number is; integers are numbers always. */
function asking(float: Unary, ofInteger: boolean): Rule {
  return unary(ANY, (emission, x, dtype) => {
    if (dtype === "float32") return float(emission, x, dtype);
    const isSame = emission.graph.op("Equal", [x, x]);
    return ofInteger ? isSame : emission.graph.op("Not", [isSame]);
  });
}

/** Unary kernels, casts, activations. */
export const elementwise: Rules = {
  Acos: operator("Acos"),
  Acosh: operator("Acosh"),
  Asin: operator("Asin"),
  Asinh: operator("Asinh"),
  Atan: operator("Atan"),
  Atanh: operator("Atanh"),
  Cos: operator("Cos"),
  Cosh: operator("Cosh"),
  Erf: operator("Erf"),
  Log: operator("Log"),
  Sigmoid: operator("Sigmoid"),
  Sin: operator("Sin"),
  Sinh: operator("Sinh"),
  Softplus: operator("Softplus"),
  Sqrt: operator("Sqrt"),
  Tan: operator("Tan"),
  Tanh: operator("Tanh"),
  Elu: operator("Elu"),
  Selu: operator("Selu", { alpha: { float: SELU_ALPHA }, gamma: { float: SELU_SCALE } }),
  Reciprocal: operator("Reciprocal"),
  Exp: unary(NUMBERS, ({ graph }, x, dtype) => graph.op("Exp", [graph.cast(x, dtype, "float32")])),
  Expm1: unary(FLOAT, expm1),
  Log1p: unary(FLOAT, log1p),
  Rsqrt: unary(FLOAT, ({ graph }, x) => graph.op("Reciprocal", [graph.op("Sqrt", [x])])),
  Ceil: rounding("Ceil"),
  Floor: rounding("Floor"),
  Round: rounding("Round"),
  Abs: unary(ANY, (emission, x, dtype) => emission.graph.op("Abs", [asNumber(emission, x, dtype)])),
  Neg: unary(ANY, (emission, x, dtype) => emission.graph.op("Neg", [asNumber(emission, x, dtype)])),
  Sign: unary(ANY, (emission, x, dtype) => emission.graph.op("Sign", [asNumber(emission, x, dtype)])),
  Square: unary(ANY, (emission, x, dtype) => {
    const number = asNumber(emission, x, dtype);
    return emission.graph.op("Mul", [number, number]);
  }),
  Relu: unary(ANY, relu),
  Relu6: unary(ANY, (emission, x, dtype) => clipped(emission, x, 0, 6, dtype)),
  ClipByValue: rule<{ x: Value }, { clipValueMin: number; clipValueMax: number }>(
    ANY,
    (emission, { x }, { clipValueMin, clipValueMax }, [output]) =>
      emission.pointwise([x], output, (name) => clipped(emission, name, clipValueMin, clipValueMax, x.dtype)),
  ),
  LeakyRelu: rule<{ x: Value }, { alpha: number }>(ANY, (emission, { x }, { alpha }, [output]) =>
    emission.pointwise([x], output, (name) =>
      emission.graph.op("LeakyRelu", [emission.graph.cast(name, x.dtype, "float32")], {
        alpha: { float: alpha },
      }),
    ),
  ),
  Prelu: rule<{ x: Value; alpha: Value }>(FLOAT, (emission, { x, alpha }, _, [output]) =>
    emission.pointwise([x, alpha], output, (value, slope) =>
      orNegative(emission, value, emission.graph.op("Mul", [slope, value])),
    ),
  ),
  Step: rule<{ x: Value }, { alpha?: number }>(NUMBERS, (emission, { x }, { alpha = 0 }, [output]) =>
    emission.pointwise([x], output, (name) => {
      const { graph } = emission;
      const number = (value: number) => emission.number(value, x.dtype);
      const isPositive = graph.op("Less", [number(0), name]);
      const step = graph.op("Where", [isPositive, number(1), number(alpha)]);
      return x.dtype === "float32" ? graph.op("Where", [graph.op("IsNaN", [name]), name, step]) : step;
    }),
  ),
  EluGrad: rule<{ dy: Value; y: Value }>(FLOAT, (emission, { dy, y }, _, [output]) =>
    emission.pointwise([dy, y], output, (error, value) => {
      const { graph } = emission;
      const slope = graph.op("Min", [graph.op("Add", [value, emission.number(1)]), emission.number(1)]);
      return graph.op("Mul", [error, slope]);
    }),
  ),
  LogicalNot: unary(BOOL, ({ graph }, x) => graph.op("Not", [x])),
  IsNan: asking(({ graph }, x) => graph.op("IsNaN", [x]), false),
  IsInf: asking(({ graph }, x) => graph.op("IsInf", [x]), false),
  IsFinite: asking(isFinite, true),
  Cast: rule(ANY, (emission, { x }, _, [output]) =>
    emission.pointwise([x], output, (name) => emission.graph.cast(name, x.dtype, output.dtype)),
  ),
  Increment: rule<{ count: Value }>(NUMBERS, (emission, { count }, _, [output]) =>
    emission.pointwise([count], output, (name) =>
      emission.graph.op("Add", [name, emission.number(1, count.dtype)]),
    ),
  ),
};
