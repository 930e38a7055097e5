/** @file Moves of blocks between space, depth and batch, as reshapes and transpositions. */
import type * as tf from "@tensorflow/tfjs-core";

/** A tensor that is read as `from`, whose axes are brought into the order `perm`, and that is then read as `to`. */
export interface BlockMove {
  readonly from: readonly number[];
  readonly perm: readonly number[];
  readonly to: readonly number[];
}

const range = (size: number, begin = 0) => Array.from({ length: size }, (_, i) => begin + i);

/** What `BatchToSpaceND` does to a tensor of this shape before it is cropped, and where the crop begins. */
export function batchToSpaceMove(
  shape: readonly number[],
  { blockShape, crops }: Pick<tf.BatchToSpaceNDAttrs, "blockShape" | "crops">,
): BlockMove & { readonly begin: readonly number[] } {
  const spatial = blockShape.length;
  const batch = shape[0]! / blockShape.reduce((size, block) => size * block, 1);
  const inner = shape.slice(1);
  const to = [batch, ...inner.map((size, i) => size * (blockShape[i] ?? 1))];
  return {
    from: [...blockShape, batch, ...inner],
    perm: [
      spatial,
      ...blockShape.flatMap((_, i) => [spatial + 1 + i, i]),
      ...range(inner.length - spatial, 2 * spatial + 1),
    ],
    to,
    begin: to.map((_, axis) => (axis === 0 ? 0 : (crops[axis - 1]?.[0] ?? 0))),
  };
}

/** How `SpaceToBatchND` pads each axis of a tensor of this shape. */
export function spaceToBatchPaddings(
  shape: readonly number[],
  { paddings }: Pick<tf.SpaceToBatchNDAttrs, "paddings">,
): (readonly [number, number])[] {
  return shape.map((_, axis) => (paddings[axis - 1] as [number, number] | undefined) ?? [0, 0]);
}

/** What `SpaceToBatchND` does to a tensor that was padded to this shape. */
export function spaceToBatchMove(
  [batch = 1, ...inner]: readonly number[],
  { blockShape }: Pick<tf.SpaceToBatchNDAttrs, "blockShape">,
): BlockMove {
  const spatial = blockShape.length;
  const from = [
    batch,
    ...inner.flatMap((size, i) => (i < spatial ? [size / blockShape[i]!, blockShape[i]!] : [size])),
  ];
  return {
    from,
    perm: [
      ...range(spatial).map((i) => 2 * i + 2),
      0,
      ...range(spatial).map((i) => 2 * i + 1),
      ...range(inner.length - spatial, 2 * spatial + 1),
    ],
    to: [
      batch * blockShape.reduce((size, block) => size * block, 1),
      ...inner.map((size, i) => size / (blockShape[i] ?? 1)),
    ],
  };
}

/** What `DepthToSpace` does to a tensor of this shape. */
export function depthToSpaceMove(
  shape: readonly number[],
  { blockSize: size, dataFormat }: Pick<tf.DepthToSpaceAttrs, "blockSize" | "dataFormat">,
): BlockMove {
  const [n, p, q, r] = shape as [number, number, number, number];
  const channels = (dataFormat === "NHWC" ? r : p) / (size * size);
  return dataFormat === "NHWC"
    ? {
        from: [n, p, q, size, size, channels],
        perm: [0, 1, 3, 2, 4, 5],
        to: [n, p * size, q * size, channels],
      }
    : {
        from: [n, size, size, channels, q, r],
        perm: [0, 3, 4, 1, 5, 2],
        to: [n, channels, q * size, r * size],
      };
}
