/** @file Axes that several tensors have in common, by which the elements of products are paired. */
import { util } from "@tensorflow/tfjs-core";

/** An index that runs over a number of elements. */
export interface Index {
  readonly size: number;
  /** What it was divided into, the outer part first, where some tensor has two axes for it. */
  parts?: readonly Index[];
}

/** For each axis of a tensor the indices that it runs over, the outer ones first; none for an axis of size 1. */
export type Axes = readonly (readonly Index[])[];

/** One index for each axis of a tensor of that shape. */
export function axesOf(shape: readonly number[]): Axes {
  return shape.map((size) => (size === 1 ? [] : [{ size }]));
}

/** `indices` as they were divided by now. */
export function divided(indices: readonly Index[]): Index[] {
  return indices.flatMap((index) => (index.parts ? divided(index.parts) : [index]));
}

/** How many elements they run over. */
export function extent(indices: Iterable<Index>): number {
  return util.sizeFromShape(Array.from(indices, ({ size }) => size));
}

/** The axes of a tensor of `shape` whose elements, in order, are those of `axes`; undefined where none can be said. */
export function reshaped(axes: Axes, shape: readonly number[]): Axes | undefined {
  const rest = divided(axes.flat());
  const result = shape.map((size) => {
    const axis: Index[] = [];
    let left = size;
    while (left > 1) {
      const index = rest.shift();
      if (!index) return undefined;
      if (left % index.size === 0) {
        axis.push(index);
        left /= index.size;
      } else if (index.size % left === 0) {
        index.parts = [{ size: left }, { size: index.size / left }];
        axis.push(index.parts[0]!);
        rest.unshift(index.parts[1]!);
        left = 1;
      } else return undefined;
    }
    return axis;
  });
  return result.some((axis) => axis === undefined) ? undefined : (result as Axes);
}

/** The axes of an operand that is broadcast to `axes`. */
export function broadcast(axes: Axes, shape: readonly number[]): Axes {
  const missing = axes.length - shape.length;
  return shape.map((size, i) => (size === 1 ? [] : axes[missing + i]!));
}
