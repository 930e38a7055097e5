/** @file Comparisons, logical operations, choices. */
import { at, bool, build, type Dtype, type Plain } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, DTYPES, random, SHAPES } from "../values.ts";
import { binary } from "./binary.ts";

const comparison = (f: (a: number, b: number) => boolean, dtypes: readonly Dtype[] = ["float32", "int32"]) =>
  binary((a, b) => Number(f(a, b)), { result: () => "bool", dtypes });

function logical(f: (a: number, b: number) => number): () => Case[] {
  return () => {
    const [a, b] = [bool([4], [0, 0, 1, 1]), bool([4], [0, 1, 0, 1])];
    const all: Case = {
      name: "bool, all pairs",
      inputs: { a, b },
      want: () =>
        bool(
          [4],
          a.values.map((value, i) => f(value, b.values[i]!)),
        ),
    };
    return [all, ...binary(f, { dtypes: ["bool"] })()];
  };
}

/** The dtype that holds both. */
function common(a: Dtype, b: Dtype): Dtype {
  return DTYPES.find((dtype) => dtype === a || dtype === b)!;
}

function choose(name: string, condition: Plain, t: Plain, e: Plain): Case {
  return {
    name,
    inputs: { condition, t, e },
    want: () =>
      build(common(t.dtype, e.dtype), t.shape, (index) =>
        at(condition, index) ? at(t, index) : at(e, index),
      ),
  };
}

const MIXED: readonly (readonly [Dtype, Dtype])[] = [
  ["int32", "float32"],
  ["float32", "int32"],
  ["bool", "int32"],
  ["bool", "float32"],
  ["float32", "bool"],
];

/** Shapes whose rows a condition of one axis chooses. */
const ROWS: readonly (readonly number[])[] = [
  [4, 3],
  [3, 1],
  [3, 2, 2],
  [2, 3, 1, 2],
  [2, 1, 3, 1, 2],
  [0, 3],
  [3, 0],
];

function select(): Case[] {
  const small = (dtype: Dtype, shape: readonly number[], seed: number) =>
    dtype === "float32" || dtype === "int32" ? random(dtype, shape, seed) : random("bool", shape, seed);
  return [
    ...DTYPES.flatMap((dtype) =>
      SHAPES.map((shape) => {
        const t = counted(dtype, shape);
        const e = { ...t, values: dtype === "bool" ? t.values.map((x) => 1 - x) : t.values.map((x) => -x) };
        return choose(`${dtype}, shape [${shape.join(", ")}]`, random("bool", shape), t, e);
      }),
    ),
    ...MIXED.map(([t, e]) =>
      choose(`${t} or ${e}`, bool([2, 3], [1, 0, 1, 0, 0, 1]), small(t, [2, 3], 1), small(e, [2, 3], 2)),
    ),
    choose(
      "float32, NaN and infinities in what is not chosen",
      bool([4], [1, 0, 1, 0]),
      { dtype: "float32", shape: [4], values: [1, NaN, -Infinity, Infinity] },
      { dtype: "float32", shape: [4], values: [NaN, 2, Infinity, NaN] },
    ),
    ...DTYPES.flatMap((dtype) =>
      ROWS.map((shape) => {
        const rows = random("bool", [shape[0]!]);
        const [t, e] = [small(dtype, shape, 1), small(dtype, shape, 2)];
        return {
          ...choose(`${dtype}, rows of [${shape.join(", ")}]`, rows, t, e),
          want: () => build(dtype, shape, (index) => at(rows.values[index[0]!]! ? t : e, index)),
        };
      }),
    ),
    choose(
      "float32, 1025 elements",
      random("bool", [1025]),
      random("float32", [1025]),
      random("float32", [1025], 2),
    ),
  ];
}

export const logicalKernels: Family = {
  Equal: comparison((a, b) => a === b, DTYPES),
  Greater: comparison((a, b) => a > b),
  GreaterEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessEqual: comparison((a, b) => a <= b),
  LogicalAnd: logical((a, b) => a & b),
  LogicalOr: logical((a, b) => a | b),
  LogicalXor: logical((a, b) => a ^ b),
  NotEqual: comparison((a, b) => a !== b, DTYPES),
  Select: select,
};
