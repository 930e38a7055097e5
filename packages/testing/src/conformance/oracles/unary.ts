/** @file Kernels of one input that compute each element from the element at the same place. */
import { type Dtype, f32, i32, map, type Plain } from "../array.ts";
import type { Case, Family } from "../case.ts";
import {
  DENORMAL,
  integers,
  INTEGERS,
  LARGE,
  LARGE_INTEGERS,
  NOT_FINITE,
  ORDINARY,
  random,
  SHAPES,
  SMALL,
  uniform,
} from "../values.ts";
import { elu, erf, roundHalfToEven, selu, sigmoid, softplus } from "./special-functions.ts";

interface Options {
  /** Units in the last place on cpu, wasm and under jit. */
  ulps?: number;
  gpuUlps?: number;
  gpuScale?: number;
  attrs?: Record<string, unknown>;
  /** The input's name. */
  input?: string;
  /** The result's dtype; the input's unless given. */
  result?: (dtype: Dtype) => Dtype;
  /** Which floats it is tried on; all unless given. */
  domain?: (x: number) => boolean;
  /** For int32 and bool, where it takes them. */
  integer?: (x: number) => number;
  dtypes?: Dtype[];
}

/** The cases of `f`, which is in double precision. */
function unary(f: (x: number) => number, options: Options = {}): () => Case[] {
  const { ulps = 0, input = "x", attrs = {}, result = (dtype) => dtype, integer = f } = options;
  const { domain = () => true, dtypes = ["float32"], gpuUlps = ulps, gpuScale = 0 } = options;
  const of = (name: string, x: Plain, rest: Partial<Case> = {}): Case => ({
    name,
    inputs: { [input]: x },
    attrs,
    want: () => map(x, x.dtype === "float32" ? f : integer, result(x.dtype)),
    ulps,
    gpuUlps,
    gpuScale,
    ...rest,
  });
  const floats = (name: string, values: number[], rest: Partial<Case> = {}) => {
    const within = values.map(Math.fround).filter(domain);
    return within.length === 0 ? [] : [of(`float32, ${name}`, f32([within.length], within), rest)];
  };
  return () => [
    ...(dtypes.includes("float32")
      ? [
          ...floats("ordinary numbers", ORDINARY),
          ...floats("|x| up to 1e-7", SMALL),
          ...floats("NaN and infinities", NOT_FINITE),
          ...floats("large numbers", LARGE, { notOnGpu: "WGSL and GLSL promise nothing of it" }),
          ...floats("denormals", DENORMAL, { notOnGpu: "GPUs may flush denormals" }),
          ...floats("random of [-1, 1]", uniform(1023, 1)),
          ...floats("random of [-10, 10]", uniform(1023, 2, 10)),
        ]
      : []),
    ...(dtypes.includes("int32")
      ? [
          of("int32, small integers", i32([INTEGERS.length], INTEGERS), {
            largeIntegers: INTEGERS.some((x) => Math.abs(f(x)) > 2 ** 24),
          }),
          of("int32, integers near 2^31", i32([LARGE_INTEGERS.length], LARGE_INTEGERS), {
            largeIntegers: true,
          }),
          of("int32, 1025 elements", i32([1025], integers(1025, 3, -(2 ** 31), 2 ** 31)), {
            largeIntegers: true,
          }),
        ]
      : []),
    ...dtypes.flatMap((dtype) =>
      SHAPES.map((shape) => {
        const x = random(dtype, shape);
        const values = x.values.map((value) => (domain(value) || dtype !== "float32" ? value : 0.5));
        const inside = values.map((value) => (domain(value) ? value : 1));
        return of(`${dtype}, shape [${shape.join(", ")}]`, {
          ...x,
          values: dtype === "float32" ? inside : values,
        });
      }),
    ),
  ];
}

const BOTH: Dtype[] = ["float32", "int32"];
const ALL: Dtype[] = ["float32", "int32", "bool"];
const toBool = () => "bool" as const;
const toFloat = () => "float32" as const;
const wrap = (x: number) => x | 0;

/** What WGSL promises of functions that it builds from others: a half of the digits. */
const GPU = { gpuUlps: 4096 };
/** The same, but relative to 1: WGSL promises an absolute error only. */
const GPU_ABSOLUTE = { gpuUlps: 4096, gpuScale: 1 };
/** WGSL promises 2^-11 between -π and π only. */
const GPU_TRIGONOMETRIC = { gpuUlps: 8192, gpuScale: 1 };

const clip = (min: number, max: number) =>
  unary((x) => (Number.isNaN(x) ? NaN : Math.min(Math.max(x, min), max)), {
    attrs: { clipValueMin: min, clipValueMax: max },
    dtypes: BOTH,
  });

const step = (alpha: number, dtypes: Dtype[]) =>
  unary((x) => (Number.isNaN(x) ? NaN : x > 0 ? 1 : Math.fround(alpha)), { attrs: { alpha }, dtypes });

const named = (prefix: string, cases: () => Case[]) => () =>
  cases().map((each) => ({ ...each, name: `${prefix}: ${each.name}` }));

const join =
  (...makers: (() => Case[])[]) =>
  () =>
    makers.flatMap((make) => make());

const leaky = (alpha: number) => (x: number) => (x < 0 ? Math.fround(alpha) * x : x);

export const unaryKernels: Family = {
  Abs: unary(Math.abs, { dtypes: BOTH, integer: (x) => wrap(Math.abs(x)) }),
  Acos: unary(Math.acos, { ulps: 4, ...GPU_ABSOLUTE }),
  Acosh: unary(Math.acosh, { ulps: 4, ...GPU_ABSOLUTE }),
  Asin: unary(Math.asin, { ulps: 4, ...GPU_ABSOLUTE }),
  Asinh: unary(Math.asinh, { ulps: 4, ...GPU_ABSOLUTE }),
  Atan: unary(Math.atan, { ulps: 4, ...GPU }),
  Atanh: unary(Math.atanh, { ulps: 4, ...GPU_ABSOLUTE }),
  Ceil: unary(Math.ceil),
  ClipByValue: join(
    named("[-1, 2]", clip(-1, 2)),
    named("[0, 5]", clip(0, 5)),
    named("[-100, 1e6]", clip(-100, 1e6)),
  ),
  Cos: unary(Math.cos, { ulps: 4, ...GPU_TRIGONOMETRIC }),
  Cosh: unary(Math.cosh, { ulps: 4, ...GPU }),
  Elu: unary(elu, { ulps: 4, ...GPU }),
  Erf: unary(erf, { ulps: 4, ...GPU }),
  Exp: unary(Math.exp, { ulps: 4, ...GPU, dtypes: BOTH, result: toFloat }),
  Expm1: unary(Math.expm1, { ulps: 4, ...GPU }),
  Floor: unary(Math.floor),
  IsFinite: unary((x) => Number(Number.isFinite(x)), { dtypes: BOTH, result: toBool }),
  IsInf: unary((x) => Number(Math.abs(x) === Infinity), { dtypes: BOTH, result: toBool }),
  IsNan: unary((x) => Number(Number.isNaN(x)), { dtypes: BOTH, result: toBool }),
  LeakyRelu: join(
    ...[0.2, 0, -0.5].map((alpha) =>
      named(
        `alpha ${alpha}`,
        unary(leaky(alpha), { attrs: { alpha }, ulps: 2, dtypes: BOTH, result: toFloat }),
      ),
    ),
  ),
  Log: unary(Math.log, { ulps: 4, ...GPU_ABSOLUTE }),
  Log1p: unary(Math.log1p, { ulps: 4, ...GPU }),
  LogicalNot: unary((x) => 1 - x, { dtypes: ["bool"] }),
  Neg: unary((x) => -x, { dtypes: BOTH, integer: (x) => wrap(-x) }),
  OnesLike: unary(() => 1, { dtypes: ALL }),
  Reciprocal: unary((x) => 1 / x, { ulps: 1, gpuUlps: 4 }),
  Relu: unary((x) => (x < 0 ? 0 : x), { dtypes: BOTH }),
  Relu6: unary((x) => (x < 0 ? 0 : x > 6 ? 6 : x), { dtypes: BOTH }),
  Round: unary(roundHalfToEven, { dtypes: BOTH }),
  Rsqrt: unary((x) => 1 / Math.sqrt(x), { ulps: 2, gpuUlps: 4 }),
  Selu: unary(selu, { ulps: 4, ...GPU }),
  Sigmoid: unary(sigmoid, { ulps: 4, ...GPU }),
  Sign: unary((x) => (x > 0 ? 1 : x < 0 ? -1 : x), { dtypes: BOTH }),
  Sin: unary(Math.sin, { ulps: 4, ...GPU_TRIGONOMETRIC }),
  Sinh: unary(Math.sinh, { ulps: 4, ...GPU }),
  Softplus: unary(softplus, { ulps: 4, ...GPU }),
  Sqrt: unary(Math.sqrt, { ulps: 0, gpuUlps: 4 }),
  Square: unary((x) => x * x, { dtypes: BOTH, integer: (x) => Math.imul(x, x) }),
  Step: join(named("alpha 0", step(0, BOTH)), named("alpha 0.3", step(0.3, ["float32"]))),
  Tan: unary(Math.tan, { ulps: 4, ...GPU_TRIGONOMETRIC }),
  Tanh: unary(Math.tanh, { ulps: 2, ...GPU }),
  ZerosLike: unary(() => 0, { dtypes: ALL }),
};
