/** @file Kernels that read or write at indices, by the one rule for those out of range. */
import { at, axisOf, build, type Dtype, i32, placeOf, type Plain, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, DTYPES, integers, random } from "../values.ts";

type Numbers = readonly number[];

const text = (numbers: Numbers) => `[${numbers.join(", ")}]`;

/** What stands where an index points to nothing. */
function fillOf(dtype: Dtype): number {
  if (dtype === "float32") return NaN;
  return dtype === "int32" ? -(2 ** 31) : 1;
}

function gathered(x: Plain, indices: Plain, axis: number, batchDims: number): Plain {
  const along = axisOf(axis, x.shape.length);
  const batches = batchDims < 0 ? batchDims + indices.shape.length : batchDims;
  const inner = indices.shape.slice(batches);
  const shape = [...x.shape.slice(0, along), ...inner, ...x.shape.slice(along + 1)];
  return build(x.dtype, shape, (index) => {
    const before = index.slice(0, along);
    const middle = index.slice(along, along + inner.length);
    const after = index.slice(along + inner.length);
    const i = axisOf(at(indices, [...before.slice(0, batches), ...middle]), x.shape[along]!);
    return i < 0 || i >= x.shape[along]! ? fillOf(x.dtype) : at(x, [...before, i, ...after]);
  });
}

const GATHERED: readonly (readonly [shape: Numbers, indices: Plain, axis: number, batchDims?: number])[] = [
  [[5], i32([3], [4, 0, 0]), 0],
  [[5], i32([], [2]), 0],
  [[5], i32([0], []), 0],
  [[5, 2], i32([2, 2], [1, 4, 0, 1]), 0],
  [[2, 5], i32([3], [4, 0, 2]), 1],
  [[2, 5], i32([3], [4, 0, 2]), -1],
  [[2, 3, 4], i32([2], [2, 0]), -2],
  [[2, 3, 4], i32([2, 1], [3, 1]), 2],
  [[1, 3], i32([2], [0, 0]), 0],
  [[2, 0], i32([2], [1, 0]), 0],
  [[3, 4], i32([3, 2], [0, 1, 2, 3, 1, 1]), 1, 1],
  [[2, 3, 2], i32([2, 2], [2, 0, 1, 1]), 1, 1],
  [[2, 2, 3], i32([2, 2, 2], [0, 2, 1, 1, 2, 2, 0, 1]), 2, 2],
  [[2, 2, 3], i32([2, 1], [2, 1]), 2, 1],
  [[2, 1, 3, 1, 2], i32([2], [2, 0]), 2],
  [[1, 2, 1, 3, 2, 2], i32([2], [1, 0]), 5],
  [[1000], i32([1030], integers(1030, 7, 0, 1000)), 0],
];

const STRAY: typeof GATHERED = [
  [[5], i32([4], [-1, -5, -2, 3]), 0],
  [[3], i32([3], [5, -1, -4]), 0],
  [[3, 2], i32([4], [3, 1, -3, 2147483647]), 0],
  [[2, 3], i32([3], [-2147483648, 2, 3]), 1],
  [[3, 4], i32([3, 2], [0, -1, 4, 3, -5, 1]), 1, 1],
  [[0, 2], i32([2], [0, 1]), 0],
];

/** Where the last axis of `indices` points to, one index for each row of it. */
function rowsOf(indices: Plain): number[][] {
  const depth = indices.shape.at(-1)!;
  return Array.from({ length: sizeOf(indices.shape.slice(0, -1)) }, (_, row) =>
    indices.values.slice(row * depth, (row + 1) * depth),
  );
}

const isWithin = (index: Numbers, shape: Numbers) => index.every((i, axis) => i >= 0 && i < shape[axis]!);

const ND: readonly (readonly [shape: Numbers, indices: Plain])[] = [
  [[5], i32([3, 1], [4, 0, 2])],
  [[3, 4], i32([2, 2], [0, 1, 2, 3])],
  [[3, 4], i32([2, 1], [2, 0])],
  [[3, 4], i32([2, 1, 2], [2, 0, 1, 3])],
  [[2, 3, 4], i32([2, 2], [1, 2, 0, 0])],
  [[2, 3, 2, 2], i32([2, 3], [1, 2, 0, 0, 0, 1])],
  [[2, 2, 2, 2], i32([2, 4], [1, 1, 0, 1, 0, 1, 1, 0])],
  [[3, 4], i32([0, 2], [])],
];
const STRAY_ND: typeof ND = [
  [[3, 4], i32([3, 2], [0, 4, 3, 0, 1, 1])],
  [[3, 4], i32([3, 1], [3, 1, -1])],
  [[3, 4], i32([3, 2], [-1, 0, 2, -1, 2, 2])],
];

/** Writes the rows of `updates` to where `indices` point to; those that point to nothing are dropped. */
function scattered(
  start: Plain,
  indices: Plain,
  updates: Plain,
  combine: (old: number, update: number) => number,
): Plain {
  const values = [...start.values];
  const depth = indices.shape.at(-1)!;
  const inner = start.shape.slice(depth);
  const size = sizeOf(inner);
  rowsOf(indices).forEach((index, row) => {
    if (!isWithin(index, start.shape)) return;
    const base = placeOf(index, start.shape.slice(0, depth)) * size;
    for (let i = 0; i < size; i++)
      values[base + i] = combine(values[base + i]!, updates.values[row * size + i]!);
  });
  return { ...start, values };
}

const SCATTERED: typeof ND = [
  ...ND,
  [[5], i32([4, 1], [1, 3, 1, 1])],
  [[2, 2], i32([3, 2], [0, 1, 0, 1, 1, 0])],
];

const zeros = (dtype: Dtype, shape: Numbers): Plain => build(dtype, shape, () => 0);
const updatesShape = (shape: Numbers, indices: Plain) => [
  ...indices.shape.slice(0, -1),
  ...shape.slice(indices.shape.at(-1)),
];

const BOTH = ["float32", "int32"] as const;
const add = (dtype: Dtype) => (a: number, b: number) => (dtype === "int32" ? (a + b) | 0 : a + b);

function segments(): Case[] {
  const of = (name: string, x: Plain, ids: Numbers, numSegments: number): Case => ({
    name: `${x.dtype}, ${name}`,
    inputs: { x, segmentIds: i32([ids.length], ids) },
    attrs: { numSegments },
    want: () =>
      scattered(
        zeros(x.dtype, [numSegments, ...x.shape.slice(1)]),
        i32([ids.length, 1], ids),
        x,
        add(x.dtype),
      ),
    ulps: 2,
  });
  return BOTH.flatMap((dtype) => [
    of("[4] into 3", counted(dtype, [4]), [0, 2, 0, 2], 3),
    of("[4, 2] into 3", counted(dtype, [4, 2]), [2, 2, 2, 0], 3),
    of("[3, 2, 2] into 2", counted(dtype, [3, 2, 2]), [1, 0, 1], 2),
    of("[2, 1, 2, 2] into 2", counted(dtype, [2, 1, 2, 2]), [1, 0], 2),
    of("[0, 2] into 2", counted(dtype, [0, 2]), [], 2),
    of("[4, 0] into 2", counted(dtype, [4, 0]), [0, 1, 0, 1], 2),
    of("[4] into 1", random(dtype, [4]), [0, 0, 0, 0], 1),
    of("stray identifiers", counted(dtype, [5, 2]), [0, -1, 3, 2, 2147483647], 3),
  ]);
}

function bincount(rank: 1 | 2): Case[] {
  const of = (name: string, x: Plain, weights: Plain, size: number, binaryOutput = false): Case => ({
    name: `${weights.dtype}, ${name}`,
    inputs: { x, weights },
    attrs: rank === 1 && !binaryOutput ? { size } : { size, binaryOutput },
    want: () => {
      const rows = x.shape.length === 2 ? x.shape[0]! : 1;
      const shape = x.shape.length === 2 ? [rows, size] : [size];
      const values: number[] = Array.from({ length: rows * size }, () => 0);
      x.values.forEach((value, i) => {
        if (value < 0 || value >= size) return;
        const place = Math.floor(i / (x.shape.at(-1) ?? 1)) * size + value;
        const weight = weights.values.length > 0 ? weights.values[i]! : 1;
        values[place] = binaryOutput ? 1 : values[place]! + weight;
      });
      return { dtype: weights.dtype, shape, values };
    },
    ulps: 2,
  });
  const none = (dtype: "float32" | "int32"): Plain => ({ dtype, shape: [0], values: [] });
  const x = i32([6], [0, 2, 2, 5, 1, 2]);
  return BOTH.flatMap((dtype) => [
    of("[6] into 6", x, none(dtype), 6),
    of("[6] into 6 with weights", x, random(dtype, [6]), 6),
    of("[0] into 3", i32([0], []), none(dtype), 3),
    of("[6] into 4, stray values above", x, none(dtype), 4),
    ...(rank === 1
      ? [of("stray values of both sides", i32([5], [-1, 0, 7, 2147483647, 2]), random(dtype, [5]), 4)]
      : [
          of("[6], binary", x, none(dtype), 6, true),
          of("[2, 3] into 6", i32([2, 3], x.values), none(dtype), 6),
          of("[2, 3] into 6 with weights", i32([2, 3], x.values), random(dtype, [2, 3]), 6),
          of("[2, 3], binary", i32([2, 3], x.values), none(dtype), 6, true),
          of("[2, 3], stray values", i32([2, 3], [-1, 0, 7, 1, 1, 2147483647]), none(dtype), 4),
        ]),
  ]);
}

function oneHot(): Case[] {
  const of = (indices: Plain, depth: number, on: number, off: number, dtype: Dtype): Case => ({
    name: `${dtype}, ${text(indices.shape)} to ${depth}, ${on} and ${off}`,
    inputs: { indices },
    attrs: { depth, onValue: on, offValue: off, dtype },
    want: () =>
      build(dtype, [...indices.shape, depth], (index) =>
        at(indices, index.slice(0, -1)) === index.at(-1) ? on : off,
      ),
  });
  return DTYPES.flatMap((dtype) => [
    of(i32([4], [0, 2, 1, 2]), 3, 1, 0, dtype),
    of(i32([], [1]), 3, 1, 0, dtype),
    of(i32([0], []), 3, 1, 0, dtype),
    of(i32([2, 2], [0, 2, 1, 2]), 1, 1, 0, dtype),
    of(i32([2, 1, 2], [0, 2, 1, 2]), 3, 0, 1, dtype),
    of(i32([4], [-1, 3, 2147483647, 1]), 3, 1, 0, dtype),
    ...(dtype === "bool" ? [] : [of(i32([3], [0, 2, 1]), 3, 5, -3, dtype)]),
  ]);
}

export const indexingKernels: Family = {
  Bincount: () => bincount(1),
  DenseBincount: () => bincount(2),
  GatherNd: () =>
    DTYPES.flatMap((dtype) =>
      [...ND, ...STRAY_ND].map(([shape, indices]): Case => {
        const params = counted(dtype, shape);
        const stray = !rowsOf(indices).every((index) => isWithin(index, shape));
        return {
          name: `${dtype}, ${text(shape)} at ${text(indices.shape)}${stray ? ", out of range" : ""}`,
          inputs: { params, indices },
          want: () => {
            const rows = rowsOf(indices);
            const leading = indices.shape.slice(0, -1);
            return build(dtype, updatesShape(shape, indices), (index) => {
              const row = rows[placeOf(index.slice(0, leading.length), leading)]!;
              return isWithin(row, shape)
                ? at(params, [...row, ...index.slice(leading.length)])
                : fillOf(dtype);
            });
          },
        };
      }),
    ),
  GatherV2: () =>
    DTYPES.flatMap((dtype) =>
      [
        ...GATHERED.map((each) => [each, ""] as const),
        ...STRAY.map((each) => [each, ", out of range"] as const),
      ].map(([[shape, indices, axis, batchDims = 0], stray]): Case => {
        const x = counted(dtype, shape);
        return {
          name: `${dtype}, ${text(shape)} at ${text(indices.shape)} along ${axis}${batchDims ? `, batchDims ${batchDims}` : ""}${stray}`,
          inputs: { x, indices },
          attrs: { axis, batchDims },
          want: () => gathered(x, indices, axis, batchDims),
        };
      }),
    ),
  OneHot: oneHot,
  ScatterNd: () =>
    BOTH.flatMap((dtype) =>
      [
        ...SCATTERED.map((each) => [each, counted] as const),
        ...STRAY_ND.map((each) => [each, counted] as const),
        ...SCATTERED.slice(-2).map((each) => [each, random] as const),
      ].map(([[shape, indices], make]): Case => {
        const updates = make(dtype, updatesShape(shape, indices));
        const places = rowsOf(indices).map(String);
        const stray = !rowsOf(indices).every((index) => isWithin(index, shape));
        return {
          name: `${dtype}, ${text(updates.shape)} into ${text(shape)}${stray ? ", out of range" : ""}${make === random ? ", small" : ""}`,
          inputs: { indices, updates },
          attrs: { shape },
          want: () => scattered(zeros(dtype, shape), indices, updates, add(dtype)),
          ulps: 2,
          // Sums of integers beyond 2^24.
          largeIntegers: dtype === "int32" && make === counted && new Set(places).size < places.length,
        };
      }),
    ),
  SparseToDense: () =>
    BOTH.flatMap((dtype) =>
      (
        [
          [[5], i32([2, 1], [1, 3])],
          [[5], i32([3], [0, 2, 4])],
          [[3, 4], i32([2, 2], [0, 1, 2, 3])],
        ] as const
      ).map(([shape, sparseIndices]): Case => {
        const count = sparseIndices.shape[0]!;
        const sparseValues = counted(dtype, [count]);
        const defaultValue: Plain = { dtype, shape: [], values: [7] };
        const start = build(dtype, shape, () => 7);
        const indices =
          sparseIndices.shape.length === 1 ? { ...sparseIndices, shape: [count, 1] } : sparseIndices;
        return {
          name: `${dtype}, ${text(sparseIndices.shape)} into ${text(shape)}`,
          inputs: { sparseIndices, sparseValues, defaultValue },
          attrs: { outputShape: shape },
          want: () => scattered(start, indices, sparseValues, (_, update) => update),
        };
      }),
    ),
  TensorScatterUpdate: () =>
    BOTH.flatMap((dtype) =>
      [...ND, ...STRAY_ND].map(([shape, indices]): Case => {
        const updates = counted(dtype, updatesShape(shape, indices));
        const tensor = random(dtype, shape);
        const stray = !rowsOf(indices).every((index) => isWithin(index, shape));
        return {
          name: `${dtype}, ${text(updates.shape)} into ${text(shape)}${stray ? ", out of range" : ""}`,
          inputs: { tensor, indices, updates },
          attrs: {},
          want: () => scattered(tensor, indices, updates, (_, update) => update),
        };
      }),
    ),
  UnsortedSegmentSum: segments,
};
