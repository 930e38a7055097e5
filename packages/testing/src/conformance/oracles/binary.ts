/** @file Kernels of two inputs that are broadcast: arithmetic. */
import { broadcastAt, broadcastShape, build, type Dtype, f32, i32, type Plain } from "../array.ts";
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
  SMALL,
  uniform,
} from "../values.ts";

/** Shapes that are broadcast against each other. */
const PAIRS: readonly (readonly [a: readonly number[], b: readonly number[]])[] = [
  [[], []],
  [[3], [3]],
  [[], [4]],
  [[2, 3], []],
  [[2, 3], [3]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [2, 3],
    [2, 1],
  ],
  [
    [3, 1, 2],
    [4, 1],
  ],
  [[0], [1]],
  [
    [2, 0],
    [2, 1],
  ],
  [[0, 3], [3]],
  [
    [2, 1, 2, 3],
    [2, 2, 1, 1],
  ],
  [
    [2, 3, 1, 2, 2],
    [1, 2, 1, 2],
  ],
  [
    [1, 2, 1, 3, 2, 2],
    [2, 1, 2, 1, 1, 2],
  ],
];

/** All pairs of the numbers of both lists. */
export function pairs(
  dtype: "float32" | "int32",
  left: readonly number[],
  right = left,
): { a: Plain; b: Plain } {
  const make = dtype === "float32" ? f32 : i32;
  const size = left.length * right.length;
  return {
    a: make(
      [size],
      left.flatMap((value) => right.map(() => value)),
    ),
    b: make(
      [size],
      left.flatMap(() => right),
    ),
  };
}

interface Options {
  ulps?: number;
  gpuUlps?: number;
  gpuScale?: number;
  result?: (dtype: Dtype) => Dtype;
  dtypes?: readonly Dtype[];
  /** Which pairs it is tried on. */
  domain?: (a: number, b: number) => boolean;
  integer?: (a: number, b: number) => number;
  integerDomain?: (a: number, b: number) => boolean;
  names?: readonly [string, string];
}

function within({ a, b }: { a: Plain; b: Plain }, domain: (a: number, b: number) => boolean) {
  const kept = a.values.map((_, i) => i).filter((i) => domain(a.values[i]!, b.values[i]!));
  const pick = (x: Plain): Plain => ({ ...x, shape: [kept.length], values: kept.map((i) => x.values[i]!) });
  return { a: pick(a), b: pick(b) };
}

/** The cases of `f`, which is in double precision. */
export function binary(f: (a: number, b: number) => number, options: Options = {}): () => Case[] {
  const { ulps = 0, gpuUlps = ulps, gpuScale = 0, dtypes = ["float32", "int32"] } = options;
  const { result = (dtype) => dtype, domain = () => true, integer = f, names = ["a", "b"] } = options;
  const { integerDomain = domain } = options;
  const of = (name: string, a: Plain, b: Plain, rest: Partial<Case> = {}): Case => ({
    name,
    inputs: { [names[0]]: a, [names[1]]: b },
    want: () =>
      build(result(a.dtype), broadcastShape(a.shape, b.shape), (index) =>
        (a.dtype === "float32" ? f : integer)(broadcastAt(a, index), broadcastAt(b, index)),
      ),
    ulps,
    gpuUlps,
    gpuScale,
    ...rest,
  });
  const floats = (name: string, all: { a: Plain; b: Plain }, rest: Partial<Case> = {}) => {
    const { a, b } = within(all, domain);
    return a.values.length === 0 ? [] : [of(`float32, ${name}`, a, b, rest)];
  };
  const ints = (name: string, all: { a: Plain; b: Plain }, areLarge: boolean) => {
    const isLarge = (x: number, y: number) => Math.abs(f(x, y)) > 2 ** 24;
    const { a, b } = within(all, (x, y) => integerDomain(x, y) && (areLarge || !isLarge(x, y)));
    const large = within(all, (x, y) => integerDomain(x, y) && !areLarge && isLarge(x, y));
    return [
      of(`int32, ${name}`, a, b, { largeIntegers: areLarge }),
      ...(large.a.values.length > 0
        ? [of(`int32, ${name} with large results`, large.a, large.b, { largeIntegers: true })]
        : []),
    ];
  };
  const valid = (dtype: Dtype, x: Plain): Plain => ({
    ...x,
    // Where a pair may be anything but 0, say.
    values: x.values.map((value) => {
      const fits = dtype === "float32" ? domain : integerDomain;
      return fits(1, value) && fits(value, 1) ? value : 1;
    }),
  });
  return () => [
    ...(dtypes.includes("float32")
      ? [
          ...floats("ordinary numbers", pairs("float32", ORDINARY)),
          ...floats("|x| up to 1e-7", pairs("float32", SMALL, [0, 1, -3, ...SMALL])),
          ...floats("NaN and infinities", pairs("float32", [...NOT_FINITE, 0, 1, -2])),
          ...floats("large numbers", pairs("float32", LARGE, [1, -2, ...LARGE]), {
            notOnGpu: "WGSL and GLSL promise nothing of overflow",
          }),
          ...floats("denormals", pairs("float32", DENORMAL, [1, ...DENORMAL]), {
            notOnGpu: "GPUs may flush denormals",
          }),
          ...floats("random of [-10, 10]", {
            a: f32([1023], uniform(1023, 1, 10)),
            b: f32([1023], uniform(1023, 2, 10)),
          }),
        ]
      : []),
    ...(dtypes.includes("int32")
      ? [
          ...ints("small integers", pairs("int32", INTEGERS), false),
          ...ints(
            "integers near 2^31",
            pairs("int32", LARGE_INTEGERS, [1, -1, 2, 3, ...LARGE_INTEGERS]),
            true,
          ),
          ...ints(
            "1025 elements",
            {
              a: i32([1025], integers(1025, 3, -(2 ** 31), 2 ** 31)),
              b: i32([1025], integers(1025, 4, -(2 ** 31), 2 ** 31)),
            },
            true,
          ),
        ]
      : []),
    ...dtypes.flatMap((dtype) =>
      PAIRS.flatMap(([left, right]) =>
        [
          [left, right],
          [right, left],
        ].map(([a, b]) =>
          of(
            `${dtype}, [${a!.join(", ")}] with [${b!.join(", ")}]`,
            valid(dtype, random(dtype, a!, 1)),
            valid(dtype, random(dtype, b!, 2)),
          ),
        ),
      ),
    ),
  ];
}

const wrap = (x: bigint) => Number(BigInt.asIntN(32, x));

/** The remainder with the sign of the divisor. */
function floorMod(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** The quotient rounded down, exactly: the quotient of doubles may be rounded up to an integer. */
function floorDivide(a: number, b: number): number {
  return Math.round((a - floorMod(a, b)) / b) + 0;
}

function power(a: number, b: number): number {
  return a ** b;
}

export const binaryKernels: Family = {
  Add: binary((a, b) => a + b, { integer: (a, b) => (a + b) | 0 }),
  Atan2: binary(Math.atan2, { ulps: 4, gpuUlps: 4096, dtypes: ["float32"] }),
  BitwiseAnd: binary((a, b) => a & b, { dtypes: ["int32"] }),
  FloorDiv: binary(floorDivide, {
    result: () => "int32",
    // Where a quotient that was rounded to float32 has the same floor.
    domain: (a, b) => Math.abs(a / b) < 2 ** 30 && Math.floor(Math.fround(a / b)) === floorDivide(a, b),
    integerDomain: (a, b) => b !== 0 && !(a === -(2 ** 31) && b === -1),
  }),
  Maximum: binary(Math.max),
  Minimum: binary(Math.min),
  Mod: binary(floorMod, {
    ulps: 1,
    gpuUlps: 4096,
    gpuScale: 16,
    // Where the result is not rounded to the divisor itself, which is as good as 0.
    domain: (a, b) => !(Math.fround(floorMod(a, b)) === b && a !== b),
    integerDomain: (_, b) => b !== 0,
  }),
  Multiply: binary((a, b) => a * b, { integer: Math.imul }),
  Pow: binary(power, {
    ulps: 4,
    gpuUlps: 4096,
    // Where JavaScript's own differs from IEEE 754's.
    domain: (a, b) => !(Math.abs(a) === 1 && !Number.isFinite(b)),
    integer: (a, b) => wrap(BigInt(a) ** BigInt(b)),
    integerDomain: (a, b) => b >= 0 && (b <= 1000 || Math.abs(a) <= 1),
  }),
  RealDiv: binary((a, b) => a / b, { ulps: 0, gpuUlps: 4, dtypes: ["float32"] }),
  SquaredDifference: binary((a, b) => (a - b) ** 2, {
    ulps: 3,
    integer: (a, b) => Math.imul(a - b, a - b),
  }),
  Sub: binary((a, b) => a - b, { integer: (a, b) => (a - b) | 0 }),
};
