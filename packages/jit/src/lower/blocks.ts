/** @file Lowerings of kernels that move blocks between space, depth and batch. */
import { product, sliced, transposed } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { padded } from "./layout.ts";
import { type LoweringRules, rule, type X } from "./rule.ts";
import { ANY } from "./takes.ts";

/** `x` as `from`, its axes in the order `perm`. */
function rearranged(lowering: Lowering, x: Tensor, from: readonly number[], perm: readonly number[]): Tensor {
  const shape = perm.map((axis) => from[axis]!);
  return lowering.move({ ...x, shape: from }, shape, transposed(from, perm));
}

const range = (size: number, begin = 0) => Array.from({ length: size }, (_, i) => begin + i);

/** Moves between space, depth and batch. */
export const blocks: LoweringRules = {
  BatchToSpaceND: rule<X, { blockShape: number[]; crops: [number, number][] }>(
    ANY,
    (lowering, { x }, { blockShape, crops }, [output]) => {
      const spatial = blockShape.length;
      const batch = x.shape[0]! / product(blockShape);
      const inner = x.shape.slice(1);
      const apart = [...blockShape, batch, ...inner];
      const perm = [
        spatial,
        ...blockShape.flatMap((_, i) => [spatial + 1 + i, i]),
        ...range(inner.length - spatial, 2 * spatial + 1),
      ];
      const moved = rearranged(lowering, x, apart, perm);
      const whole = [batch, ...inner.map((size, i) => size * (blockShape[i] ?? 1))];
      const begin = whole.map((_, axis) => (axis === 0 ? 0 : (crops[axis - 1]?.[0] ?? 0)));
      const tensor = { ...moved, shape: whole };
      return lowering.move(tensor, output!.shape, sliced(whole, begin, output!.shape));
    },
  ),
  SpaceToBatchND: rule<X, { blockShape: number[]; paddings: [number, number][] }>(
    ANY,
    (lowering, { x }, { blockShape, paddings }, [output]) => {
      const spatial = blockShape.length;
      const all = x.shape.map((_, axis) => paddings[axis - 1] ?? ([0, 0] as const));
      const wide = padded(lowering, x, all, 0);
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
      return { ...rearranged(lowering, wide, apart, perm), shape: output!.shape };
    },
  ),
  DepthToSpace: rule<X, { blockSize: number; dataFormat: "NHWC" | "NCHW" }>(
    ANY,
    (lowering, { x }, { blockSize: b, dataFormat }, [output]) => {
      const [n, p, q, r] = x.shape as [number, number, number, number];
      const moved =
        dataFormat === "NHWC"
          ? rearranged(lowering, x, [n, p, q, b, b, r / (b * b)], [0, 1, 3, 2, 4, 5])
          : rearranged(lowering, x, [n, b, b, p / (b * b), q, r], [0, 3, 4, 1, 5, 2]);
      return { ...moved, shape: output!.shape };
    },
  ),
};
