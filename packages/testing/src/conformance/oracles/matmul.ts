/** @file Products of matrices and of more general operands. */
import {
  at,
  broadcastAt,
  broadcastShape,
  build,
  type Dtype,
  type Expected,
  f32,
  i32,
  indicesOf,
  type Plain,
} from "../array.ts";
import type { Case, Family } from "../case.ts";
import { integers, random, uniform } from "../values.ts";
import { activated, ACTIVATIONS, type Activation } from "./activation.ts";

type Numbers = readonly number[];

const text = (numbers: Numbers) => `[${numbers.join(", ")}]`;

/** Integers wrap at 32 bits. */
const wrap = (value: bigint) => Number(BigInt.asIntN(32, value));

/** The sum of products of pairs. */
function dot(pairs: readonly (readonly [number, number])[], dtype: Dtype): { value: number; scale: number } {
  if (dtype === "int32") {
    return { value: wrap(pairs.reduce((sum, [a, b]) => sum + BigInt(a) * BigInt(b), 0n)), scale: 0 };
  }
  return {
    value: pairs.reduce((sum, [a, b]) => sum + a * b, 0),
    scale: pairs.reduce((sum, [a, b]) => sum + Math.abs(a * b), 0),
  };
}

/** An array of {@link dot}s. */
function buildDots(
  dtype: Dtype,
  shape: Numbers,
  f: (index: number[]) => { value: number; scale: number },
): Expected {
  const results = indicesOf(shape).map(f);
  return {
    dtype,
    shape,
    values: results.map(({ value }) => value),
    scale: results.map(({ scale }) => scale),
  };
}

function product(a: Plain, b: Plain, transposeA: boolean, transposeB: boolean): Expected {
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rows, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const columns = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const within = (x: Plain, places: Numbers, row: number, column: number) => {
    const offset = batch.length - (x.shape.length - 2);
    const lead = x.shape.slice(0, -2).map((length, axis) => (length === 1 ? 0 : places[axis + offset]!));
    return at(x, [...lead, row, column]);
  };
  return buildDots(a.dtype, [...batch, rows, columns], (index) => {
    const places = index.slice(0, -2);
    const [i, j] = index.slice(-2) as [number, number];
    const pairs = Array.from({ length: inner }, (_, k) => {
      const left = transposeA ? within(a, places, k, i) : within(a, places, i, k);
      const right = transposeB ? within(b, places, j, k) : within(b, places, k, j);
      return [left, right] as const;
    });
    return dot(pairs, a.dtype);
  });
}

/** Shapes of both operands before they are transposed. */
const PRODUCTS: readonly (readonly [a: Numbers, b: Numbers])[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [2, 3],
    [3, 4],
  ],
  [
    [1, 5],
    [5, 1],
  ],
  [
    [5, 1],
    [1, 5],
  ],
  [
    [0, 3],
    [3, 2],
  ],
  [
    [2, 0],
    [0, 3],
  ],
  [
    [2, 3],
    [3, 0],
  ],
  [
    [17, 33],
    [33, 19],
  ],
  [
    [3, 2, 4],
    [3, 4, 2],
  ],
  [
    [3, 2, 4],
    [4, 2],
  ],
  [
    [1, 2, 4],
    [3, 4, 2],
  ],
  [
    [2, 1, 2, 3],
    [1, 3, 3, 2],
  ],
  [
    [2, 3, 2, 3],
    [3, 3, 2],
  ],
  [
    [0, 2, 3],
    [0, 3, 2],
  ],
  [
    [2, 1, 2, 2, 3],
    [2, 1, 3, 2],
  ],
];

const swapped = (shape: Numbers) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];

/** Floats; or integers whose products leave float32's range. */
function operand(dtype: Dtype, shape: Numbers, seed: number): Plain {
  const x = random(dtype, shape, seed);
  return dtype === "int32" ? { ...x, values: integers(x.values.length, seed, -100_000, 100_000) } : x;
}

function batchMatMul(): Case[] {
  const of = (name: string, a: Plain, b: Plain, transposeA: boolean, transposeB: boolean): Case => ({
    name: `${a.dtype}, ${name}${transposeA ? ", a transposed" : ""}${transposeB ? ", b transposed" : ""}`,
    inputs: { a, b },
    attrs: { transposeA, transposeB },
    want: () => product(a, b, transposeA, transposeB),
    ulps: 8,
    gpuUlps: 64,
    largeIntegers: a.dtype === "int32",
  });
  return [
    of(
      "NaN and infinities",
      f32([3, 2], [NaN, 1, Infinity, 1, 1, 2]),
      f32([2, 2], [1, 2, 3, 4]),
      false,
      false,
    ),
    of("0 times infinity", f32([1, 2], [0, 1]), f32([2, 1], [Infinity, 1]), false, false),
    of("|x| up to 1e-7", f32([1, 3], [1e-8, 2e-8, 1e-9]), f32([3, 1], [1e-8, 3e-8, 1]), false, false),
    of("4099 terms", f32([2, 4099], uniform(8198, 1)), f32([4099, 2], uniform(8198, 2)), false, false),
    of(
      "integers near 2^31",
      i32([2, 2], [2147483647, 1, -2147483648, 16777217]),
      i32([2, 2], [2147483647, 1, 16777217, 65537]),
      false,
      false,
    ),
    ...(["float32", "int32"] as const).flatMap((dtype) =>
      PRODUCTS.flatMap(([a, b]) =>
        [false, true].flatMap((transposeA) =>
          [false, true].map((transposeB) =>
            of(
              `${text(a)} by ${text(b)}`,
              operand(dtype, transposeA ? swapped(a) : a, 1),
              operand(dtype, transposeB ? swapped(b) : b, 2),
              transposeA,
              transposeB,
            ),
          ),
        ),
      ),
    ),
  ];
}

function fusedMatMul(): Case[] {
  const of = (name: string, a: Plain, b: Plain, activation: Activation, bias: Plain | undefined): Case => ({
    name: `float32, ${name}${bias ? `, bias ${text(bias.shape)}` : ""}, ${activation}`,
    inputs: {
      a,
      b,
      ...(bias && { bias }),
      ...(activation === "prelu" && { preluActivationWeights: f32([1], [0.3]) }),
    },
    attrs: { transposeA: false, transposeB: false, activation, leakyreluAlpha: 0.25 },
    want: () => {
      const result = product(a, b, false, false);
      const added = build(
        "float32",
        result.shape,
        (index) => at(result, index) + (bias ? broadcastAt(bias, index) : 0),
      );
      return activated({ ...added, scale: result.scale!.map((scale) => scale + 2) }, activation);
    },
    ulps: 8,
    gpuUlps: 4096,
  });
  // The operation brings both to rank 3.
  const shapes = PRODUCTS.filter(([a, b]) => a.length === 3 && b.length === 3);
  return [
    ...ACTIVATIONS.flatMap((activation) => [
      of(
        "[1, 2, 3] by [1, 3, 4]",
        random("float32", [1, 2, 3], 1),
        random("float32", [1, 3, 4], 2),
        activation,
        undefined,
      ),
      of(
        "[1, 2, 3] by [1, 3, 4]",
        random("float32", [1, 2, 3], 1),
        random("float32", [1, 3, 4], 2),
        activation,
        random("float32", [4], 3),
      ),
    ]),
    of("NaN", f32([1, 1, 1], [NaN]), f32([1, 1, 1], [1]), "relu", undefined),
    ...shapes.map(([a, b]) =>
      of(
        `${text(a)} by ${text(b)}`,
        random("float32", a, 1),
        random("float32", b, 2),
        "linear",
        random("float32", [b.at(-1)!], 3),
      ),
    ),
  ];
}

function einsum(): Case[] {
  const of = (equation: string, ...operands: Plain[]): Case => ({
    name: `${operands[0]!.dtype}, ${equation} of ${operands.map(({ shape }) => text(shape)).join(" and ")}`,
    inputs: operands,
    attrs: { equation },
    want: () => contracted(equation, operands),
    ulps: 8,
    gpuUlps: 64,
  });
  const list: readonly (readonly [equation: string, ...shapes: Numbers[]])[] = [
    ["ij,jk->ik", [2, 3], [3, 4]],
    ["ij->ji", [2, 3]],
    ["ij->j", [2, 3]],
    ["ij->", [2, 3]],
    ["i,i->", [4], [4]],
    ["i,j->ij", [2], [3]],
    ["ij,jk->k", [2, 3], [3, 2]],
    ["bqhd,bkhd->bhqk", [1, 2, 2, 3], [1, 3, 2, 3]],
    ["bhqk,bkhd->bqhd", [1, 2, 2, 3], [1, 3, 2, 3]],
    ["bij,bjk->bik", [2, 2, 3], [2, 3, 2]],
    ["ij,ij->ij", [2, 3], [2, 3]],
    ["ij,kj->ik", [0, 3], [2, 3]],
    ["ij,jk->ik", [2, 0], [0, 3]],
  ];
  return (["float32", "int32"] as const).flatMap((dtype) =>
    list.map(([equation, ...shapes]) =>
      of(equation, ...shapes.map((shape, i) => random(dtype, shape, i + 1))),
    ),
  );
}

/** The sum over all letters that the result lacks. */
function contracted(equation: string, operands: readonly Plain[]): Expected {
  const [left, right] = equation.split("->") as [string, string];
  const labels = left.split(",");
  const sizes = new Map(
    labels.flatMap((names, i) => Array.from(names).map((name, axis) => [name, operands[i]!.shape[axis]!])),
  );
  const summed = [...sizes.keys()].filter((name) => !right.includes(name));
  return buildDots(
    operands[0]!.dtype,
    Array.from(right).map((name) => sizes.get(name)!),
    (index) => {
      const pairs = indicesOf(summed.map((name) => sizes.get(name)!)).map((inner) => {
        const place = (name: string) =>
          right.includes(name) ? index[right.indexOf(name)]! : inner[summed.indexOf(name)]!;
        const [a, b = 1] = operands.map((x, i) => at(x, Array.from(labels[i]!, place)));
        return [a!, b] as const;
      });
      return dot(pairs, operands[0]!.dtype);
    },
  );
}

export const matMulKernels: Family = { BatchMatMul: batchMatMul, Einsum: einsum, _FusedMatMul: fusedMatMul };
