/** @file Axes as layers are given them, and as an input of some rank has them. */
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";

/** One axis or several; negative ones count from the end. */
export type Axes = number | readonly number[];

/** `axes` as a list of distinct integers. */
export function asAxes(axes: Axes, name: string, layer: object): readonly number[] {
  const list = [axes].flat();
  if (list.every(Number.isInteger) && new Set(list).size === list.length) return list;
  throw new InvalidArgumentError(`expected distinct integers for ${name}, got [${list.join(", ")}].`, layer);
}

/** The axes of an input of `shape`, counted from the start, ascending, each once. */
export function axesOf(
  axes: readonly number[],
  shape: readonly number[],
  name: string,
  layer: object,
): number[] {
  const rank = shape.length;
  for (const axis of axes) {
    if (axis >= -rank && axis < rank) continue;
    throw new ShapeMismatchError(
      `expected an input that has axis ${axis} (${name}), got one of shape [${shape.join(", ")}]. ` +
        `Name axes from ${-rank} to ${rank - 1}.`,
      layer,
    );
  }
  return [...new Set(axes.map((axis) => (axis < 0 ? rank + axis : axis)))].sort((a, b) => a - b);
}

/** The axes of an input of rank `rank` that are not among `axes`, ascending. */
export function otherAxes(axes: readonly number[], rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
}
