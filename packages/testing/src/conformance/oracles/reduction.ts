/** @file Kernels that fold axes: sums, products, extremes, their indices, softmax. */
import {
  axisOf,
  bool,
  build,
  type Dtype,
  type Expected,
  f32,
  i32,
  indicesOf,
  placeOf,
  type Plain,
} from "../array.ts";
import type { Case, Family } from "../case.ts";
import { random, uniform } from "../values.ts";

/** What is folded into one element. */
type Fold = (values: readonly number[]) => { value: number; scale?: number };

/** `x` with `axes` folded; all of them where there are none given. */
function reduce(
  x: Plain,
  axes: readonly number[] | undefined,
  keepDims: boolean,
  dtype: Dtype,
  fold: Fold,
): Expected {
  const rank = x.shape.length;
  const folded = new Set((axes ?? x.shape.map((_, i) => i)).map((axis) => axisOf(axis, rank)));
  const kept = x.shape.map((length, axis) => (folded.has(axis) ? 1 : length));
  const groups = kept.reduce((size, length) => size * length, 1);
  const members: number[][] = Array.from({ length: groups }, () => []);
  indicesOf(x.shape).forEach((index, place) => {
    members[
      placeOf(
        index.map((i, axis) => (folded.has(axis) ? 0 : i)),
        kept,
      )
    ]!.push(x.values[place]!);
  });
  const results = members.map(fold);
  return {
    dtype,
    shape: keepDims ? kept : x.shape.filter((_, axis) => !folded.has(axis)),
    values: results.map(({ value }) => value),
    scale: results.map(({ scale = 0 }) => scale),
  };
}

/** Shapes with the axes to fold. */
const FOLDS: readonly (readonly [shape: readonly number[], axes: readonly number[] | undefined])[] = [
  [[], undefined],
  [[1], [0]],
  [[7], undefined],
  [[7], [-1]],
  [[2, 3], [0]],
  [[2, 3], [1]],
  [[2, 3], [-2]],
  [
    [2, 3],
    [0, 1],
  ],
  [[2, 3], []],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 4],
    [-1, 0],
  ],
  [[3, 1, 2], [1]],
  [[3, 0, 2], [0]],
  [
    [2, 3, 2, 2],
    [1, 3],
  ],
  [
    [2, 1, 3, 1, 2],
    [-1, 2],
  ],
  [
    [1, 2, 1, 3, 2, 2],
    [0, 3, 5],
  ],
  [[1, 2, 1, 3, 2, 2], undefined],
];
const EMPTY: typeof FOLDS = [
  [[0], undefined],
  [[3, 0], [1]],
  [[2, 0, 3], [-2]],
];

interface Options {
  ulps?: number;
  gpuUlps?: number;
  /** Whether nothing at all can be folded. */
  empty?: readonly Dtype[];
  result?: (dtype: Dtype) => Dtype;
  axis?: string;
  integer?: Fold;
  /** More cases, of one axis. */
  rows?: readonly (readonly [name: string, x: Plain, rest?: Partial<Case>])[];
}

function reduction(fold: Fold, dtypes: readonly Dtype[], options: Options = {}): () => Case[] {
  const { ulps = 0, gpuUlps = ulps, empty = dtypes, result = (dtype) => dtype, axis = "axis" } = options;
  const { integer = fold, rows = [] } = options;
  const of = (name: string, x: Plain, axes: readonly number[] | undefined, keepDims = false): Case => ({
    name,
    inputs: { x },
    attrs: { [axis]: axes ?? null, keepDims },
    want: () => reduce(x, axes, keepDims, result(x.dtype), x.dtype === "float32" ? fold : integer),
    ulps,
    gpuUlps,
  });
  return () => [
    ...rows.map(([name, x, rest]) => ({ ...of(`${x.dtype}, ${name}`, x, [-1]), ...rest })),
    ...dtypes.flatMap((dtype) =>
      [...FOLDS, ...(empty.includes(dtype) ? EMPTY : [])].flatMap(([shape, axes]) =>
        [false, true].map((keepDims) =>
          of(
            `${dtype}, [${shape.join(", ")}] over ${axes ? `[${axes.join(", ")}]` : "all"}${keepDims ? ", kept" : ""}`,
            random(dtype, shape),
            axes,
            keepDims,
          ),
        ),
      ),
    ),
  ];
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const sizes = (values: readonly number[]) => total(values.map(Math.abs));

/** Rows of 4 with special numbers. */
const SPECIAL = f32(
  [8, 4],
  [
    [1, NaN, 2, 3],
    [NaN, 1, 2, 3],
    [1, Infinity, 2, 3],
    [1, -Infinity, 2, 3],
    [Infinity, 1, -Infinity, 2],
    [-0, 0, 0, -0],
    [-Infinity, -Infinity, -Infinity, -Infinity],
    [Infinity, Infinity, Infinity, Infinity],
  ].flat(),
);
const WRAPPING = i32(
  [4, 3],
  [2147483647, 1, 5, -2147483648, -1, 7, 16777217, 33554433, 123456789, 2147483647, 2147483647, 2147483647],
);
const special = ["NaN and infinities", SPECIAL] as const;
const SMALL_ROWS = f32([2, 4], [1e-8, 2e-8, -3e-9, 5e-10, 1e-30, 1e-30, 2e-30, -1e-31]);
const LONG = (count: number, offset: number) =>
  f32(
    [2, count],
    uniform(2 * count, 5).map((x) => x + offset),
  );

const sum: Fold = (values) => ({ value: total(values), scale: sizes(values) });
const mean: Fold = (values) => ({
  value: total(values) / values.length,
  scale: sizes(values) / values.length,
});
const product: Fold = (values) => ({ value: values.reduce((result, value) => result * value, 1) });

const SUMS = [
  special,
  ["|x| up to 1e-7", SMALL_ROWS],
  ["rows of 1000", LONG(1000, 1)],
  ["rows of 4099 with both signs", LONG(4099, 0)],
  ["rows of 131101", LONG(131_101, 1), { ulps: 16, gpuUlps: 64, slow: true }],
] as const;

/** Where the best is; of equal ones the first. */
function best(values: readonly number[], better: (a: number, b: number) => boolean): number {
  return values.reduce((found, value, i) => (better(value, values[found]!) ? i : found), 0);
}

const TIES = [
  ["ties", f32([3, 5], [1, 3, 3, 2, 3, -1, -1, -1, -1, -1, 0, -0, 0, 5, 5])],
  [
    "integers near 2^31, and ties",
    i32([3, 3], [16777216, 16777217, 16777216, -2147483648, 2147483647, 2147483647, 7, 7, 7]),
  ],
  ["infinities", f32([3, 3], [1, Infinity, 2, -Infinity, -1, -Infinity, -Infinity, -Infinity, -Infinity])],
  ["|x| up to 1e-7", SMALL_ROWS],
  ["rows of 4099", LONG(4099, 0)],
] as const;

/** The index along one axis. */
function argExtreme(better: (a: number, b: number) => boolean): () => Case[] {
  const of = (name: string, x: Plain, axis: number): Case => ({
    name: `${x.dtype}, ${name}`,
    inputs: { x },
    attrs: { axis },
    want: () => reduce(x, [axis], false, "int32", (values) => ({ value: best(values, better) })),
  });
  return () => [
    ...TIES.map(([name, x]) => ({ ...of(name, x, -1), largeIntegers: x.dtype === "int32" })),
    ...(["float32", "int32"] as const).flatMap((dtype) =>
      FOLDS.filter(([, axes]) => axes?.length === 1 && axes[0] !== undefined).map(([shape, axes]) =>
        of(`[${shape.join(", ")}] over ${axes![0]}`, random(dtype, shape), axes![0]!),
      ),
    ),
  ];
}

function softmax(): Case[] {
  const of = (name: string, logits: Plain): Case => ({
    name: `float32, ${name}`,
    inputs: { logits },
    attrs: { dim: logits.shape.length - 1 },
    want: () => {
      const length = logits.shape.at(-1)!;
      return build("float32", logits.shape, (index) => {
        const start = placeOf([...index.slice(0, -1), 0], logits.shape);
        const row = logits.values.slice(start, start + length);
        const largest = Math.max(...row);
        return Math.exp(row[index.at(-1)!]! - largest) / total(row.map((x) => Math.exp(x - largest)));
      });
    },
    ulps: 8,
    gpuUlps: 4096,
  });
  return [
    of("NaN and infinities", SPECIAL),
    of("large numbers", f32([2, 3], [1e30, 1e30, -1e30, -3e38, -3e38, -3e38])),
    of("rows of 1000", LONG(1000, 0)),
    ...FOLDS.filter(([shape, axes]) => axes?.length === 1 && shape.length > 0).map(([shape]) =>
      of(`shape [${shape.join(", ")}]`, random("float32", shape)),
    ),
  ];
}

const BOTH = ["float32", "int32"] as const;
const toInt = (dtype: Dtype): Dtype => (dtype === "bool" ? "int32" : dtype);
const wrapped = ["integers near 2^31", WRAPPING, { largeIntegers: true }] as const;
const TRUTHS = ["all rows", bool([4, 2], [0, 0, 0, 1, 1, 0, 1, 1])] as const;

export const reductionKernels: Family = {
  All: reduction((values) => ({ value: Number(values.every(Boolean)) }), ["bool"], { rows: [TRUTHS] }),
  Any: reduction((values) => ({ value: Number(values.some(Boolean)) }), ["bool"], { rows: [TRUTHS] }),
  ArgMax: argExtreme((a, b) => a > b),
  ArgMin: argExtreme((a, b) => a < b),
  Max: reduction((values) => ({ value: Math.max(...values) }), BOTH, {
    axis: "reductionIndices",
    empty: ["float32"],
    rows: [special, wrapped, ["|x| up to 1e-7", SMALL_ROWS], ["rows of 4099", LONG(4099, 0)]],
  }),
  Mean: reduction(mean, BOTH, { ulps: 4, gpuUlps: 64, result: () => "float32", rows: SUMS }),
  Min: reduction((values) => ({ value: Math.min(...values) }), BOTH, {
    empty: ["float32"],
    rows: [special, wrapped, ["|x| up to 1e-7", SMALL_ROWS], ["rows of 4099", LONG(4099, 0)]],
  }),
  Prod: reduction(product, BOTH, {
    ulps: 32,
    gpuUlps: 64,
    result: toInt,
    integer: (values) => ({ value: values.reduce(Math.imul, 1) }),
    rows: [special, wrapped],
  }),
  Softmax: softmax,
  Sum: reduction(sum, BOTH, {
    ulps: 4,
    gpuUlps: 64,
    result: toInt,
    integer: (values) => ({ value: total(values) | 0 }),
    rows: [...SUMS, wrapped],
  }),
};
