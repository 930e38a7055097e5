/** @file The axes that functions of tensors work along. */
import { InvalidArgumentError } from "./errors.ts";

/** One axis, several, or `null` for all. */
export type Axis = number | readonly number[] | null;

/**
 * The axes that `axis` names in a tensor of `rank`, counted from 0.
 *
 * @throws InvalidArgumentError for one that it does not have, on behalf of `caller`
 */
export function axesOf(axis: Axis, rank: number, caller: string): number[] {
  if (axis === null) return Array.from({ length: rank }, (_, i) => i);
  const axes = typeof axis === "number" ? [axis] : axis;
  return axes.map((index) => {
    if (Number.isInteger(index) && index >= -rank && index < rank) return index < 0 ? rank + index : index;
    throw new InvalidArgumentError(
      `${caller}: expected an axis from ${-rank} to ${rank - 1} for a tensor of ${rank} axes, got ${index}.`,
    );
  });
}
