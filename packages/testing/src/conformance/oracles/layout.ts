/** @file Kernels that move elements to other places. */
import { at, axisOf, build, i32, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, DTYPES, SHAPES } from "../values.ts";
import { lines, type Numbers, text } from "./lines.ts";

const BOTH = ["float32", "int32"] as const;

/** The operation copies what has fewer than two axes. */
const PERMUTATIONS: readonly (readonly [shape: Numbers, perm: Numbers])[] = [
  [
    [2, 3],
    [1, 0],
  ],
  [
    [2, 3],
    [0, 1],
  ],
  [
    [1, 5],
    [1, 0],
  ],
  [
    [0, 3],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 3, 4],
    [0, 2, 1],
  ],
  [
    [2, 3, 4],
    [1, 0, 2],
  ],
  [
    [2, 1, 3, 2],
    [3, 1, 0, 2],
  ],
  [
    [2, 3, 2, 2],
    [0, 3, 1, 2],
  ],
  [
    [2, 1, 3, 1, 2],
    [4, 2, 0, 3, 1],
  ],
  [
    [1, 2, 1, 3, 2, 2],
    [5, 0, 3, 1, 4, 2],
  ],
  [
    [33, 35],
    [1, 0],
  ],
];

const RESHAPES: readonly (readonly [shape: Numbers, to: Numbers])[] = [
  [[], [1, 1]],
  [[1], []],
  [[6], [2, 3]],
  [[2, 3], [-1]],
  [
    [2, 3, 4],
    [4, -1, 2],
  ],
  [
    [0, 3],
    [3, 0],
  ],
  [[0], [2, 0, 3]],
  [[1, 2, 1, 3, 2, 2], [24]],
  [[24], [1, 2, 1, 3, 2, 2]],
];

const TILES: readonly (readonly [shape: Numbers, reps: Numbers])[] = [
  [[3], [2]],
  [[3], [1]],
  [[3], [0]],
  [[1], [5]],
  [[0], [3]],
  [
    [2, 3],
    [2, 1],
  ],
  [
    [2, 3],
    [1, 3],
  ],
  [
    [2, 1],
    [0, 4],
  ],
  [
    [2, 1, 2],
    [1, 3, 2],
  ],
  [
    [2, 1, 2, 1],
    [2, 2, 1, 3],
  ],
  [
    [2, 1, 1, 2, 1],
    [1, 2, 1, 1, 2],
  ],
  [
    [1, 2, 1, 1, 2, 1],
    [2, 1, 1, 2, 1, 2],
  ],
];

const REVERSED: readonly (readonly [shape: Numbers, dims: Numbers])[] = [
  [[], []],
  [[5], [0]],
  [[5], [-1]],
  [[5], []],
  [[0], [0]],
  [[2, 3], [0]],
  [
    [2, 3],
    [-1, 0],
  ],
  [[2, 3, 2], [1]],
  [
    [2, 3, 2, 2],
    [3, 0],
  ],
  [
    [2, 1, 3, 1, 2],
    [2, -1],
  ],
  [
    [1, 2, 1, 3, 2, 2],
    [1, 3, 5],
  ],
];

function broadcastArgs(): Case[] {
  const of = (s0: Numbers, s1: Numbers, want: Numbers): Case => ({
    name: `int32, ${text(s0)} with ${text(s1)}`,
    inputs: { s0: i32([s0.length], s0), s1: i32([s1.length], s1) },
    want: () => i32([want.length], want),
  });
  return [of([2, 1], [3], [2, 3]), of([4], [4], [4]), of([1, 5, 1], [2, 1, 3], [2, 5, 3])];
}

const SPREAD: readonly (readonly [shape: Numbers])[] = [[[]], [[3]], [[2, 2]], [[2, 1, 2]]];

export const layoutKernels: Family = {
  BroadcastArgs: broadcastArgs,
  Diag: lines(
    SPREAD,
    (x) => ({
      name: "to a diagonal",
      want: () =>
        build(x.dtype, [...x.shape, ...x.shape], (index) => {
          const [row, column] = [index.slice(0, x.shape.length), index.slice(x.shape.length)];
          return row.every((i, axis) => i === column[axis]) ? at(x, row) : 0;
        }),
    }),
    BOTH,
  ),
  ExpandDims: () =>
    DTYPES.flatMap((dtype) =>
      SHAPES.filter((shape) => shape.length < 6).flatMap((shape) =>
        [0, -1, shape.length].map((dim): Case => {
          const input = counted(dtype, shape);
          const along = axisOf(dim, shape.length + 1);
          return {
            name: `${dtype}, ${text(shape)} at ${dim}`,
            inputs: { input },
            attrs: { dim },
            want: () => ({ ...input, shape: [...shape.slice(0, along), 1, ...shape.slice(along)] }),
          };
        }),
      ),
    ),
  Reshape: lines(RESHAPES, (x, [, shape]) => {
    const known = sizeOf(shape.filter((length) => length >= 0));
    return {
      name: `to ${text(shape)}`,
      attrs: { shape },
      want: () => ({ ...x, shape: shape.map((length) => (length < 0 ? x.values.length / known : length)) }),
    };
  }),
  Reverse: lines(REVERSED, (x, [shape, dims]) => {
    const turned = dims.map((dim) => axisOf(dim, shape.length));
    return {
      name: `along ${text(dims)}`,
      attrs: { dims },
      want: () =>
        build(x.dtype, shape, (index) =>
          at(
            x,
            index.map((i, axis) => (turned.includes(axis) ? shape[axis]! - 1 - i : i)),
          ),
        ),
    };
  }),
  Tile: lines(TILES, (x, [shape, reps]) => ({
    name: `times ${text(reps)}`,
    attrs: { reps },
    want: () =>
      build(
        x.dtype,
        shape.map((length, axis) => length * reps[axis]!),
        (index) =>
          at(
            x,
            index.map((i, axis) => i % shape[axis]!),
          ),
      ),
  })),
  Transpose: lines(PERMUTATIONS, (x, [shape, perm]) => ({
    name: `by ${text(perm)}`,
    attrs: { perm },
    want: () =>
      build(
        x.dtype,
        perm.map((axis) => shape[axis]!),
        (index) => {
          const source: number[] = [];
          perm.forEach((axis, i) => (source[axis] = index[i]!));
          return at(x, source);
        },
      ),
  })),
};
