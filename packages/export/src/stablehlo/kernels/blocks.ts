/** @file Kernels that move blocks between space, depth and batch. */
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { ANY, type KernelRules, rule, type X } from "../rule.ts";

/** `x` as `from`, its axes in the order `perm`, as `to`. */
function rearranged(
  b: Builder,
  x: Operand,
  from: readonly number[],
  perm: readonly number[],
  to: readonly number[],
): Operand {
  return b.reshape(b.transpose(b.reshape(x, from), perm), to);
}

const range = (size: number, begin = 0) => Array.from({ length: size }, (_, i) => begin + i);

/** Moves between space, depth and batch. */
export const blocks: KernelRules = {
  BatchToSpaceND: rule<X, { blockShape: number[]; crops: [number, number][] }>(
    ANY,
    (b, { x }, { blockShape, crops }, [output]) => {
      const spatial = blockShape.length;
      const batch = x.shape[0]! / sizeOf(blockShape);
      const inner = x.shape.slice(1);
      const perm = [
        spatial,
        ...blockShape.flatMap((_, i) => [spatial + 1 + i, i]),
        ...range(inner.length - spatial, 2 * spatial + 1),
      ];
      const whole = [batch, ...inner.map((size, i) => size * (blockShape[i] ?? 1))];
      const moved = rearranged(b, x, [...blockShape, batch, ...inner], perm, whole);
      const begin = whole.map((_, axis) => (axis === 0 ? 0 : (crops[axis - 1]?.[0] ?? 0)));
      return b.slice(
        moved,
        begin,
        begin.map((from, axis) => from + output!.shape[axis]!),
      );
    },
  ),
  SpaceToBatchND: rule<X, { blockShape: number[]; paddings: [number, number][] }>(
    ANY,
    (b, { x }, { blockShape, paddings }, [output]) => {
      const spatial = blockShape.length;
      const wide = b.pad(
        x,
        0,
        x.shape.map((_, axis) => paddings[axis - 1] ?? ([0, 0] as const)),
      );
      const [batch = 1, ...inner] = wide.shape;
      const apart = [
        batch,
        ...inner.flatMap((size, i) => (i < spatial ? [size / blockShape[i]!, blockShape[i]!] : [size])),
      ];
      const perm = [
        ...range(spatial).map((i) => 2 * i + 2),
        0,
        ...range(spatial).map((i) => 2 * i + 1),
        ...range(inner.length - spatial, 2 * spatial + 1),
      ];
      return rearranged(b, wide, apart, perm, output!.shape);
    },
  ),
  DepthToSpace: rule<X, { blockSize: number; dataFormat: "NHWC" | "NCHW" }>(
    ANY,
    (b, { x }, { blockSize: size, dataFormat }, [output]) => {
      const [n, p, q, r] = x.shape as [number, number, number, number];
      const { shape } = output!;
      return dataFormat === "NHWC"
        ? rearranged(b, x, [n, p, q, size, size, r / (size * size)], [0, 1, 3, 2, 4, 5], shape)
        : rearranged(b, x, [n, size, size, p / (size * size), q, r], [0, 3, 4, 1, 5, 2], shape);
    },
  ),
};
