/** @file Kernels that put something around a tensor. */
import { at, build, type Plain } from "../array.ts";
import type { Family } from "../case.ts";
import { lines, type Numbers, text } from "./lines.ts";

const BOTH = ["float32", "int32"] as const;

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
export function padded(x: Plain, paddings: readonly (readonly [number, number])[], fill: number): Plain {
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

export const paddingKernels: Family = {
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
};
