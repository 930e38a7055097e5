/** @file Whether training may change what a layer keeps. */
import type { Variable } from "../variable/variable.ts";

/**
 * Whether a layer with running statistics stands still: its statistics are frozen, or all of its parameters are
 * (and it has some).
 */
export function standsStill(
  statistics: readonly Variable[],
  parameters: readonly (Variable | undefined)[],
): boolean {
  const trainable = parameters.filter((variable) => variable !== undefined);
  return (
    statistics.every((variable) => variable.isFrozen) ||
    (trainable.length > 0 && trainable.every((variable) => variable.isFrozen))
  );
}
