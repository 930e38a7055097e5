/** @file Kernels that move blocks of an image to the batch or to channels, and back. */
import { at, build, type Plain, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, DTYPES } from "../values.ts";
import { lines, type Numbers, text } from "./lines.ts";
import { padded } from "./padding.ts";

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

export const blockKernels: Family = {
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
  DepthToSpace: lines(
    DEPTHS,
    (x, [, blockSize, dataFormat]) => ({
      name: `by ${blockSize}, ${dataFormat}`,
      attrs: { blockSize, dataFormat },
      want: () => depthToSpace(x, blockSize, dataFormat === "NCHW"),
    }),
    ["float32"],
  ),
  SpaceToBatchND: lines(BLOCKS, (x, [, blockShape, paddings]) => ({
    name: `blocks ${text(blockShape)}, paddings ${paddings.map(text).join(" ")}`,
    attrs: { blockShape, paddings },
    want: () => spaceToBatch(x, blockShape, paddings),
  })),
};
