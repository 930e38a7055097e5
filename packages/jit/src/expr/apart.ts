/** @file Whether two layouts name different places. */
import type { Layout, Segment } from "./segments.ts";

/** Runs from the one with the largest stride, all forwards, and where they begin. */
interface Runs {
  readonly offset: number;
  readonly runs: readonly Segment[];
}

/**
 * Whether no place of one buffer belongs to both layouts, as far as that can be told without going over all places:
 * pieces that lie one behind the other, or side by side in rows of equal lengths. False where it cannot be told.
 */
export function areApart(a: Layout, b: Layout): boolean {
  return runsAreApart(runsOf(a), runsOf(b));
}

function runsOf({ offset, segments }: Layout): Runs {
  const runs = segments
    .filter(({ size, stride }) => size > 1 && stride !== 0)
    .map(({ size, stride }) => ({ size, stride: Math.abs(stride) }))
    .sort((a, b) => b.stride - a.stride);
  const backwards = segments.reduce((sum, { size, stride }) => sum + Math.min(0, (size - 1) * stride), 0);
  return { offset: offset + backwards, runs };
}

function runsAreApart(a: Runs, b: Runs): boolean {
  const [lastOfA, lastOfB] = [lastOf(a), lastOf(b)];
  if (lastOfA < b.offset || lastOfB < a.offset) return true;
  const [run, other] = [a.runs[0], b.runs[0]];
  if (!run || !other || run.size !== other.size || run.stride !== other.stride) return false;
  const restOfA = { offset: a.offset, runs: a.runs.slice(1) };
  const restOfB = { offset: b.offset, runs: b.runs.slice(1) };
  // Rows must not reach into each other.
  const width = Math.max(lastOf(restOfA), lastOf(restOfB)) - Math.min(a.offset, b.offset);
  return width < run.stride && runsAreApart(restOfA, restOfB);
}

function lastOf({ offset, runs }: Runs): number {
  return runs.reduce((last, { size, stride }) => last + (size - 1) * stride, offset);
}
