/** @file Normalisation, and activations with more than one tensor. */
import { at, build, type Expected, f32, i32, map, type Plain } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { ORDINARY, random, SHAPES, uniform } from "../values.ts";
import { binary, pairs } from "./binary.ts";

type Numbers = readonly number[];

const positive = (x: Plain): Plain => map(x, (value) => Math.fround(Math.abs(value) + 0.1));

function fusedBatchNorm(): Case[] {
  const of = (shape: Numbers, withScale: boolean, withOffset: boolean): Case => {
    const channels = shape.at(-1)!;
    const x = random("float32", shape);
    const mean = random("float32", [channels], 2);
    const variance = positive(random("float32", [channels], 3));
    const scale = random("float32", [channels], 4);
    const offset = random("float32", [channels], 5);
    const epsilon = 0.001;
    const parts = `${withScale ? ", scale" : ""}${withOffset ? ", offset" : ""}`;
    return {
      name: `float32, [${shape.join(", ")}]${parts}`,
      inputs: { x, mean, variance, ...(withOffset && { offset }), ...(withScale && { scale }) },
      attrs: { varianceEpsilon: epsilon },
      want: (): Expected => {
        const factor = (index: Numbers) => {
          const channel = [index.at(-1)!];
          return (withScale ? at(scale, channel) : 1) / Math.sqrt(at(variance, channel) + epsilon);
        };
        const result = build("float32", shape, (index) => {
          const channel = [index.at(-1)!];
          return (at(x, index) - at(mean, channel)) * factor(index) + (withOffset ? at(offset, channel) : 0);
        });
        return {
          ...result,
          scale: build("float32", shape, (index) => 4 * Math.abs(factor(index)) + 2).values,
        };
      },
      ulps: 8,
      gpuUlps: 64,
    };
  };
  return [
    ...[false, true].flatMap((withScale) =>
      [false, true].map((withOffset) => of([2, 3, 2, 4], withScale, withOffset)),
    ),
    of([1, 1, 1, 1], true, true),
    of([0, 2, 2, 3], true, true),
    of([5, 1, 1, 7], true, true),
  ];
}

/** The channels at most `radius` away. */
const near = (channel: number, radius: number, channels: number) =>
  Array.from({ length: channels }, (_, i) => i).filter((i) => Math.abs(i - channel) <= radius);

const LRN_CASES = [
  { shape: [1, 1, 1, 8], depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 },
  { shape: [2, 2, 3, 5], depthRadius: 1, bias: 2, alpha: 0.3, beta: 0.75 },
  { shape: [1, 2, 1, 3], depthRadius: 5, bias: 1, alpha: 0.01, beta: 1 },
];

function normOf(x: Plain, index: Numbers, { depthRadius, bias, alpha }: (typeof LRN_CASES)[number]): number {
  const squares = near(index.at(-1)!, depthRadius, x.shape.at(-1)!).map(
    (i) => at(x, [...index.slice(0, -1), i]) ** 2,
  );
  return bias + alpha * squares.reduce((sum, value) => sum + value, 0);
}

function lrn(): Case[] {
  return LRN_CASES.map((line) => {
    const { shape, ...attrs } = line;
    const x = random("float32", shape);
    return {
      name: `float32, [${shape.join(", ")}], radius ${line.depthRadius}, beta ${line.beta}`,
      inputs: { x },
      attrs,
      want: () => build("float32", shape, (index) => at(x, index) * normOf(x, index, line) ** -line.beta),
      ulps: 16,
      gpuUlps: 4096,
    };
  });
}

function lrnGrad(): Case[] {
  return LRN_CASES.map((line) => {
    const { shape, ...attrs } = line;
    const [x, dy] = [random("float32", shape), random("float32", shape, 2)];
    const y = build("float32", shape, (index) =>
      Math.fround(at(x, index) * normOf(x, index, line) ** -line.beta),
    );
    return {
      name: `float32, [${shape.join(", ")}], radius ${line.depthRadius}, beta ${line.beta}`,
      inputs: { x, y, dy },
      attrs,
      want: () => {
        const terms = build("float32", shape, (index) =>
          near(index.at(-1)!, line.depthRadius, shape.at(-1)!).reduce((sum, i) => {
            const other = [...index.slice(0, -1), i];
            const norm = normOf(x, other, line);
            const direct = i === index.at(-1) ? norm ** -line.beta : 0;
            const through =
              2 * line.alpha * line.beta * at(x, index) * at(x, other) * norm ** (-line.beta - 1);
            return sum + at(dy, other) * (direct - through);
          }, 0),
        );
        return { ...terms, scale: terms.values.map(() => 4) };
      },
      ulps: 16,
      gpuUlps: 4096,
    };
  });
}

function addN(): Case[] {
  const of = (dtype: "float32" | "int32", count: number, shape: Numbers): Case => {
    const inputs = Array.from({ length: count }, (_, i) => random(dtype, shape, i + 1));
    return {
      name: `${dtype}, ${count} of [${shape.join(", ")}]`,
      inputs,
      want: () => ({
        ...build(dtype, shape, (index) => inputs.reduce((sum, x) => sum + at(x, index), 0)),
        scale: build(dtype, shape, (index) => inputs.reduce((sum, x) => sum + Math.abs(at(x, index)), 0))
          .values,
      }),
      ulps: 4,
    };
  };
  return [
    ...(["float32", "int32"] as const).flatMap((dtype) => [
      of(dtype, 1, [3]),
      of(dtype, 2, []),
      of(dtype, 3, [2, 3]),
      of(dtype, 9, [4]),
      of(dtype, 4, [0, 2]),
      of(dtype, 3, [2, 1, 2, 1, 2]),
    ]),
    {
      name: "int32, integers near 2^31",
      inputs: [i32([3], [2147483647, 16777217, -5]), i32([3], [1, 16777216, -2147483648])],
      want: () => i32([3], [-2147483648, 33554433, 2147483643]),
      largeIntegers: true,
    },
  ];
}

function eluGrad(): Case[] {
  const of = (name: string, dy: Plain, y: Plain): Case => ({
    name: `float32, ${name}`,
    inputs: { dy, y },
    want: () =>
      build("float32", y.shape, (index) => at(dy, index) * (at(y, index) >= 0 ? 1 : at(y, index) + 1)),
    ulps: 2,
  });
  const values = ORDINARY.map((value) => Math.max(value, -1));
  const { a, b } = pairs("float32", uniform(8, 1), values);
  return [
    of("ordinary numbers", a, b),
    of("NaN", f32([2], [NaN, 1]), f32([2], [1, NaN])),
    ...SHAPES.map((shape) =>
      of(
        `shape [${shape.join(", ")}]`,
        random("float32", shape),
        map(random("float32", shape, 2), (x) => Math.max(x, -1)),
      ),
    ),
  ];
}

/** Kernels of @nnx-js/tensor that are formulas of a few operations. */
function formula(
  inputs: readonly string[],
  attrs: Record<string, number>,
  f: (...values: number[]) => number,
  scaleOf: (...values: number[]) => number,
): () => Case[] {
  const of = (name: string, shape: Numbers): Case => {
    const values = inputs.map((_, i) => random("float32", shape, i + 1));
    return {
      name: `float32, ${name}`,
      inputs: Object.fromEntries(inputs.map((input, i) => [input, values[i]!])),
      attrs,
      want: () => ({
        ...build("float32", shape, (index) => f(...values.map((x) => at(x, index)))),
        scale: build("float32", shape, (index) => scaleOf(...values.map((x) => at(x, index)))).values,
      }),
      ulps: 4,
      gpuUlps: 16,
    };
  };
  return () => [
    ...SHAPES.map((shape) => of(`shape [${shape.join(", ")}]`, shape)),
    of("1025 elements", [1025]),
  ];
}

function adamDirection(): Case[] {
  return [
    { shape: [5], meanPower: 0.9, squarePower: 0.999, eps: 1e-8, epsRoot: 0 },
    { shape: [2, 3], meanPower: 0.5, squarePower: 0.7, eps: 1e-6, epsRoot: 1e-5 },
    { shape: [1030], meanPower: 0, squarePower: 0, eps: 1e-8, epsRoot: 0 },
    { shape: [], meanPower: 0.1, squarePower: 0.1, eps: 1e-8, epsRoot: 0 },
  ].map(({ shape, meanPower, squarePower, eps, epsRoot }) => {
    const mean = random("float32", shape);
    const square = positive(random("float32", shape, 2));
    const [first, second] = [f32([], [meanPower]), f32([], [squarePower])];
    return {
      name: `float32, [${shape.join(", ")}], powers ${meanPower} and ${squarePower}`,
      inputs: { mean, square, meanPower: first, squarePower: second },
      attrs: { eps, epsRoot },
      want: () =>
        build("float32", shape, (index) => {
          const corrected = at(square, index) / (1 - second.values[0]!);
          return at(mean, index) / (1 - first.values[0]!) / (Math.sqrt(corrected + epsRoot) + eps);
        }),
      ulps: 512,
      gpuUlps: 4096,
    };
  });
}

export const normalizationKernels: Family = {
  AdamDirection: adamDirection,
  AddN: addN,
  EluGrad: eluGrad,
  FusedBatchNorm: fusedBatchNorm,
  Increment: () =>
    [0, -1, 41, 16777216, 2147483646, 2147483647].map((count) => ({
      name: `int32, ${count}`,
      inputs: { count: i32([], [count]) },
      want: () => i32([], [(count + 1) | 0]),
    })),
  IntegerPower: () =>
    [0.9, 0.999, 2, -3, 0.5].flatMap((base) =>
      [0, 1, 2, 7, 10, 1000].map((exponent) => ({
        name: `float32, ${base} to the power of ${exponent}`,
        inputs: { exponent: i32([], [exponent]) },
        attrs: { base },
        // The base is rounded first, and so are powers of it on the way.
        want: () => f32([], [Math.fround(base) ** exponent]),
        ulps: 64,
        gpuUlps: 4096,
        ...(Math.abs(base ** exponent) > 1e38 && { notOnGpu: "WGSL and GLSL promise nothing of overflow" }),
      })),
    ),
  LinearCombination: formula(
    ["x", "y"],
    { a: 0.5, b: -2 },
    (x, y) => 0.5 * x - 2 * y,
    (x, y) => 0.5 * Math.abs(x) + 2 * Math.abs(y),
  ),
  LRN: lrn,
  LRNGrad: lrnGrad,
  Prelu: binary((x, alpha) => (x < 0 ? alpha * x : x), {
    names: ["x", "alpha"],
    dtypes: ["float32"],
    ulps: 1,
  }),
  SquareCombination: formula(
    ["x", "y"],
    { a: 0.5, b: -2 },
    (x, y) => 0.5 * x * x - 2 * y,
    (x, y) => 0.5 * x * x + 2 * Math.abs(y),
  ),
};
