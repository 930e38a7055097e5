/** @file Kernels that sort, search and tell apart; draws; sparse tensors. */
import { at, bool, build, f32, i32, indicesOf, type Plain } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, random, uniform } from "../values.ts";

type Numbers = readonly number[];

const text = (numbers: Numbers) => `[${numbers.join(", ")}]`;

function topK(): Case[] {
  const of = (name: string, x: Plain, k: number): Case => ({
    name: `${x.dtype}, ${name}, k ${k}`,
    inputs: { x },
    attrs: { k, sorted: true },
    want: () => {
      const shape = [...x.shape.slice(0, -1), k];
      const places = (lead: Numbers) =>
        Array.from({ length: x.shape.at(-1)! }, (_, i) => i).sort(
          // Of equal ones the first comes first.
          (a, b) => at(x, [...lead, b]) - at(x, [...lead, a]) || a - b,
        );
      const place = (index: Numbers) => places(index.slice(0, -1))[index.at(-1)!]!;
      return [
        build(x.dtype, shape, (index) => at(x, [...index.slice(0, -1), place(index)])),
        build("int32", shape, place),
      ];
    },
  });
  return [
    of("ties", f32([2, 5], [3, 1, 3, 2, 3, 0, 0, 0, 0, 0]), 3),
    of("infinities", f32([4], [1, Infinity, -Infinity, 0]), 4),
    of("|x| up to 1e-7", f32([4], [1e-8, 3e-8, -1e-8, 2e-8]), 2),
    {
      ...of("integers near 2^31", i32([4], [16777216, 16777217, 2147483647, -2147483648]), 3),
      largeIntegers: true,
    },
    of("ties", i32([2, 4], [5, 5, 1, 5, -1, -1, -1, -1]), 2),
    of("100 elements", f32([2, 100], uniform(200, 1)), 7),
    ...(["float32", "int32"] as const).flatMap((dtype) => [
      of("[1]", random(dtype, [1]), 1),
      of("[5]", random(dtype, [5]), 5),
      of("[2, 3]", random(dtype, [2, 3]), 1),
      of("[2, 3]", random(dtype, [2, 3]), 2),
      of("[0, 3]", random(dtype, [0, 3]), 2),
      of("[2, 1, 2, 4]", random(dtype, [2, 1, 2, 4]), 3),
      of("[2, 3], k 0", random(dtype, [2, 3]), 0),
    ]),
  ];
}

function searchSorted(): Case[] {
  const of = (sortedSequence: Plain, values: Plain, side: "left" | "right"): Case => ({
    name: `${values.dtype}, ${text(values.shape)} in ${text(sortedSequence.shape)}, ${side}`,
    inputs: { sortedSequence, values },
    attrs: { side },
    want: () =>
      build("int32", values.shape, (index) => {
        const length = sortedSequence.shape[1]!;
        const row = sortedSequence.values.slice(index[0]! * length, (index[0]! + 1) * length);
        const value = at(values, index);
        return row.filter((each) => (side === "left" ? each < value : each <= value)).length;
      }),
  });
  return (["left", "right"] as const).flatMap((side) => [
    of(f32([2, 4], [0, 3, 9, 10, 1, 2, 3, 4]), f32([2, 3], [0, 4, 10, 0, 2, 5]), side),
    of(i32([1, 5], [-3, 1, 1, 1, 8]), i32([1, 4], [1, -4, 9, 2]), side),
    of(f32([1, 3], [-Infinity, 0, Infinity]), f32([1, 3], [-Infinity, 1e-8, Infinity]), side),
  ]);
}

function unique(): Case[] {
  const of = (x: Plain, axis: number): Case => ({
    name: `${x.dtype}, ${text(x.shape)} along ${axis}`,
    inputs: { x },
    attrs: { axis },
    want: () => {
      const length = x.shape[axis]!;
      const slice = (i: number) =>
        indicesOf(x.shape.map((size, a) => (a === axis ? 1 : size))).map((index) =>
          at(
            x,
            index.map((place, a) => (a === axis ? i : place)),
          ),
        );
      const firsts: number[] = [];
      const indices = Array.from({ length }, (_, i) => {
        const found = firsts.findIndex((first) => slice(first).join() === slice(i).join());
        return found < 0 ? firsts.push(i) - 1 : found;
      });
      const shape = x.shape.map((size, a) => (a === axis ? firsts.length : size));
      return [
        build(x.dtype, shape, (index) =>
          at(
            x,
            index.map((place, a) => (a === axis ? firsts[place]! : place)),
          ),
        ),
        i32([length], indices),
      ];
    },
  });
  return [
    of(f32([6], [1, 1, 2, 4, 1, 2]), 0),
    of(i32([5], [7, 16777217, 16777216, 7, 16777217]), 0),
    of(i32([3, 2], [1, 2, 3, 4, 1, 2]), 0),
    of(f32([2, 3], [1, 2, 1, 3, 4, 3]), 1),
  ];
}

/** Categories that have all of the probability, and draws from a seed. */
function multinomial(): Case[] {
  const of = (normalized: boolean): Case => ({
    name: `float32, one certain category, ${normalized ? "probabilities" : "logits"}`,
    inputs: { logits: f32([2, 3], normalized ? [0, 1, 0, 0, 0, 1] : [-200, 0, -200, -200, -200, 0]) },
    attrs: { numSamples: 4, seed: 3, normalized },
    want: () => i32([2, 4], [1, 1, 1, 1, 2, 2, 2, 2]),
  });
  const onlyOne: Case = {
    name: "float32, one category",
    inputs: { logits: f32([2, 1], [1, 1]) },
    attrs: { numSamples: 3, seed: 3, normalized: true },
    want: () => i32([2, 3], [0, 0, 0, 0, 0, 0]),
  };
  const seeded: Case = {
    name: "float32, two rows from the seed 42",
    inputs: { logits: f32([2, 4], [0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.4]) },
    attrs: { numSamples: 12, seed: 42, normalized: true },
    // By the numbers that npm's seedrandom has for Alea, row after row.
    want: () => i32([2, 12], [3, 2, 3, 1, 2, 3, 0, 3, 3, 2, 2, 2, 1, 2, 3, 0, 1, 3, 2, 2, 2, 0, 2, 3]),
  };
  return [of(false), of(true), onlyOne, seeded];
}

function segmentReduction(isMean: boolean): () => Case[] {
  const of = (data: Plain, indices: Numbers, segmentIds: Numbers): Case => ({
    name: `${data.dtype}, ${indices.length} rows of ${text(data.shape)}`,
    inputs: {
      data,
      indices: i32([indices.length], indices),
      segmentIds: i32([segmentIds.length], segmentIds),
    },
    want: () =>
      build(data.dtype, [segmentIds.at(-1)! + 1, ...data.shape.slice(1)], (index) => {
        const rows = indices.filter((_, i) => segmentIds[i] === index[0]);
        const sum = rows.reduce((total, row) => total + at(data, [row, ...index.slice(1)]), 0);
        return isMean && rows.length > 0 ? sum / rows.length : sum;
      }),
    ulps: 4,
  });
  return () => [
    of(counted("float32", [3, 4]), [0, 1, 2], [0, 0, 1]),
    of(counted("float32", [3, 2]), [2, 0, 0], [0, 1, 1]),
    of(counted("float32", [2]), [0, 1, 1], [0, 2, 2]),
    ...(isMean ? [] : [of(i32([3, 2], [1, -2, 3, 4, 5, 6]), [0, 1], [0, 0])]),
  ];
}

function sparseReshape(): Case[] {
  const indices = i32([4, 3], [0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 2, 3]);
  const want = [0, 1, 4, 23].flatMap((place) => [Math.floor(place / 4), place % 4]);
  return [
    {
      name: "int32, [2, 3, 4] to [6, -1]",
      inputs: { inputIndices: indices, inputShape: i32([3], [2, 3, 4]), newShape: i32([2], [6, -1]) },
      want: () => [i32([4, 2], want), i32([2], [6, 4])],
    },
  ];
}

function sparseFillEmptyRows(): Case[] {
  return (["float32", "int32"] as const).map((dtype): Case => {
    const make = dtype === "float32" ? f32 : i32;
    return {
      name: `${dtype}, rows 1 and 3 of 4 empty`,
      inputs: {
        indices: i32([3, 2], [0, 1, 0, 3, 2, 0]),
        values: make([3], [5, 6, 7]),
        denseShape: i32([2], [4, 5]),
        defaultValue: make([], [9]),
      },
      want: () => [
        i32([5, 2], [0, 1, 0, 3, 1, 0, 2, 0, 3, 0]),
        make([5], [5, 6, 9, 7, 9]),
        bool([4], [0, 1, 0, 1]),
        i32([3], [0, 1, 3]),
      ],
    };
  });
}

function raggedRange(): Case[] {
  return (["float32", "int32"] as const).map((dtype): Case => {
    const make = dtype === "float32" ? f32 : i32;
    return {
      name: `${dtype}, three ranges`,
      inputs: { starts: make([3], [0, 5, 8]), limits: make([3], [3, 5, 4]), deltas: make([3], [1, 1, -2]) },
      want: () => [i32([4], [0, 3, 3, 5]), make([5], [0, 1, 2, 8, 6])],
    };
  });
}

export const orderingKernels: Family = {
  Multinomial: multinomial,
  RaggedRange: raggedRange,
  SearchSorted: searchSorted,
  SparseFillEmptyRows: sparseFillEmptyRows,
  SparseReshape: sparseReshape,
  SparseSegmentMean: segmentReduction(true),
  SparseSegmentSum: segmentReduction(false),
  TopK: topK,
  Unique: unique,
};
