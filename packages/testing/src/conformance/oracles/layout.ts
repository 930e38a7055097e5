/** @file Kernels that move elements to other places. */
import { at, axisOf, build, type Dtype, i32, type Plain, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, DTYPES, SHAPES } from "../values.ts";

type Numbers = readonly number[];

const text = (numbers: Numbers) => `[${numbers.join(", ")}]`;
const BOTH = ["float32", "int32"] as const;

/** One case for each dtype and line of a list. */
function lines<Line extends readonly [shape: Numbers, ...unknown[]]>(
  list: readonly Line[],
  make: (x: Plain, line: Line) => Omit<Case, "inputs"> & { inputs?: Case["inputs"] },
  dtypes: readonly Dtype[] = DTYPES,
): () => Case[] {
  return () =>
    dtypes.flatMap((dtype) =>
      list.map((line) => {
        const x = counted(dtype, line[0]);
        const made = make(x, line);
        return { inputs: { x }, ...made, name: `${dtype}, ${text(line[0])} ${made.name}` };
      }),
    );
}

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

const PADS: readonly (readonly [shape: Numbers, paddings: readonly (readonly [number, number])[]])[] = [
  [[3], [[1, 2]]],
  [[3], [[0, 0]]],
  [[0], [[2, 1]]],
  [[2, 3], [[0, 1], [2, 0]]], // prettier-ignore
  [[2, 0], [[1, 0], [0, 2]]], // prettier-ignore
  [[2, 1, 2], [[0, 0], [1, 1], [0, 1]]], // prettier-ignore
  [[1, 2, 2, 1], [[0, 1], [1, 1], [0, 2], [1, 0]]], // prettier-ignore
  [[1, 2, 1, 2, 1], [[0, 0], [1, 0], [0, 1], [0, 0], [1, 1]]], // prettier-ignore
  [[1, 2, 1, 1, 2, 1], [[1, 0], [0, 0], [0, 1], [1, 0], [0, 1], [0, 1]]], // prettier-ignore
];

/** The places around are `fill`. */
function padded(x: Plain, paddings: readonly (readonly [number, number])[], fill: number): Plain {
  const shape = x.shape.map((length, axis) => length + paddings[axis]![0] + paddings[axis]![1]);
  return build(x.dtype, shape, (index) => {
    const inside = index.map((i, axis) => i - paddings[axis]![0]);
    return inside.every((i, axis) => i >= 0 && i < x.shape[axis]!) ? at(x, inside) : fill;
  });
}

const MIRRORS: typeof PADS = [
  [[3], [[2, 1]]],
  [[4], [[0, 3]]],
  [[2, 3], [[1, 0], [1, 2]]], // prettier-ignore
  [[2, 2, 3], [[1, 1], [0, 1], [2, 0]]], // prettier-ignore
  [[2, 2, 2, 2], [[0, 1], [1, 0], [1, 1], [0, 0]]], // prettier-ignore
];

/** The place that a mirror shows; with `edge` 1 the outermost elements are shown again. */
function mirrored(i: number, length: number, edge: 0 | 1): number {
  if (i < 0) return -i - edge;
  return i >= length ? 2 * length - 2 - i + edge : i;
}

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

const BLOCKS: readonly (readonly [
  shape: Numbers,
  block: Numbers,
  pads: readonly (readonly [number, number])[],
])[] = [
  [[1, 4, 4, 1], [2, 2], [[0, 0], [0, 0]]], // prettier-ignore
  [[1, 2, 2, 3], [2, 2], [[0, 0], [0, 0]]], // prettier-ignore
  [[2, 3, 2, 1], [2, 1], [[1, 0], [0, 0]]], // prettier-ignore
  [[1, 3, 5, 2], [3, 2], [[0, 0], [1, 2]]], // prettier-ignore
  [[2, 5], [3], [[0, 1]]],
  [[2, 5, 2], [3], [[1, 0]]],
];

/** Moves blocks of the axes after the first into the first axis. */
function spaceToBatch(x: Plain, block: Numbers, paddings: readonly (readonly [number, number])[]): Plain {
  const full: readonly (readonly [number, number])[] = x.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]);
  const larger = padded(x, full, 0);
  const shape = larger.shape.map((length, axis) =>
    axis === 0 ? length * sizeOf(block) : length / (block[axis - 1] ?? 1),
  );
  return build(x.dtype, shape, (index) => {
    const batch = x.shape[0]!;
    let offset = Math.floor(index[0]! / batch);
    const source = [...index];
    source[0] = index[0]! % batch;
    for (let axis = block.length; axis > 0; axis--) {
      source[axis] = index[axis]! * block[axis - 1]! + (offset % block[axis - 1]!);
      offset = Math.floor(offset / block[axis - 1]!);
    }
    return at(larger, source);
  });
}

/** The reverse: where each element of the larger array came from. */
function batchToSpace(x: Plain, block: Numbers, crops: readonly (readonly [number, number])[]): Plain {
  const batch = x.shape[0]! / sizeOf(block);
  const shape = x.shape.map((length, axis) =>
    axis === 0
      ? batch
      : length * (block[axis - 1] ?? 1) - (crops[axis - 1]?.[0] ?? 0) - (crops[axis - 1]?.[1] ?? 0),
  );
  return build(x.dtype, shape, (index) => {
    const source = [...index];
    let offset = 0;
    block.forEach((size, i) => {
      const place = index[i + 1]! + crops[i]![0];
      source[i + 1] = Math.floor(place / size);
      offset = offset * size + (place % size);
    });
    source[0] = offset * batch + index[0]!;
    return at(x, source);
  });
}

function depthToSpace(x: Plain, size: number, isNchw: boolean): Plain {
  const [batch, a, b, c] = x.shape as [number, number, number, number];
  const [height, width, depth] = isNchw ? [b, c, a] : [a, b, c];
  const channels = depth / (size * size);
  const order = (n: number, h: number, w: number, d: number) => (isNchw ? [n, d, h, w] : [n, h, w, d]);
  return build(x.dtype, order(batch, height * size, width * size, channels), (index) => {
    const [n, h, w, d] = (isNchw ? [index[0], index[2], index[3], index[1]] : index) as [
      number,
      number,
      number,
      number,
    ];
    const block = (h % size) * size + (w % size);
    return at(x, order(n, Math.floor(h / size), Math.floor(w / size), block * channels + d));
  });
}

const DEPTHS: readonly (readonly [shape: Numbers, size: number, format: string])[] = [
  [[1, 1, 1, 4], 2, "NHWC"],
  [[2, 2, 3, 8], 2, "NHWC"],
  [[1, 2, 1, 18], 3, "NHWC"],
  [[1, 8, 2, 3], 2, "NCHW"],
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
  BatchToSpaceND: () =>
    DTYPES.flatMap((dtype) =>
      BLOCKS.map(([shape, blockShape, crops]): Case => {
        const x = spaceToBatch(counted(dtype, shape), blockShape, crops);
        return {
          name: `${dtype}, to ${text(shape)}, blocks ${text(blockShape)}, crops ${crops.map(text).join(" ")}`,
          inputs: { x },
          attrs: { blockShape, crops },
          want: () => batchToSpace(x, blockShape, crops),
        };
      }),
    ),
  BroadcastArgs: broadcastArgs,
  DepthToSpace: lines(
    DEPTHS,
    (x, [, blockSize, dataFormat]) => ({
      name: `by ${blockSize}, ${dataFormat}`,
      attrs: { blockSize, dataFormat },
      want: () => depthToSpace(x, blockSize, dataFormat === "NCHW"),
    }),
    ["float32"],
  ),
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
  MirrorPad: lines(
    MIRRORS.flatMap((line) => (["reflect", "symmetric"] as const).map((mode) => [...line, mode] as const)),
    (x, [shape, paddings, mode]) => {
      const edge = mode === "reflect" ? 0 : 1;
      const most = (axis: number) => shape[axis]! - 1 + edge;
      const fitting = paddings.map(
        ([low, high], axis) => [Math.min(low, most(axis)), Math.min(high, most(axis))] as const,
      );
      return {
        name: `${mode} ${fitting.map(text).join(" ")}`,
        attrs: { paddings: fitting, mode },
        want: () => {
          const size = shape.map((length, axis) => length + fitting[axis]![0] + fitting[axis]![1]);
          return build(x.dtype, size, (index) =>
            at(
              x,
              index.map((i, axis) => mirrored(i - fitting[axis]![0], shape[axis]!, edge)),
            ),
          );
        },
      };
    },
    BOTH,
  ),
  PadV2: lines(
    PADS.flatMap((line) => [0, 7].map((value) => [...line, value] as const)),
    (x, [, paddings, constantValue]) => ({
      name: `by ${paddings.map(text).join(" ")} with ${constantValue}`,
      attrs: { paddings, constantValue },
      want: () => padded(x, paddings, constantValue),
    }),
    BOTH,
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
  SpaceToBatchND: lines(BLOCKS, (x, [, blockShape, paddings]) => ({
    name: `blocks ${text(blockShape)}, paddings ${paddings.map(text).join(" ")}`,
    attrs: { blockShape, paddings },
    want: () => spaceToBatch(x, blockShape, paddings),
  })),
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
