/** @file Lets one loop fold the rows and the columns of the same elements, which are read once then. */
import { absorbSteps } from "../../passes/absorb.ts";
import { type Buffer, moved, sizeOf } from "../../expr/expr.ts";
import { commonSizes, cut, isContiguous, type Move, simplify } from "../../expr/segments.ts";
import { exprsOf, layoutsOf, readsInPlace, readsOf, writesOf } from "../../steps/accesses.ts";
import type { MapStep, Reduction, ReduceStep, Step } from "../../steps/step.ts";

/** Smaller ones take next to no time. */
const LEAST = { rows: 8, columns: 16, elements: 4096 };

/** More operations and reads than this would not stay in registers. */
const LARGEST = 128;

/** How many steps are looked at, from the latest. */
const MOST_TRIED = 64;

/** The same steps; those that fold rows have with them those that fold columns, and what stores the elements of both. */
export function joinAcross(steps: readonly Step[]): Step[] {
  return absorbed(absorbed(steps, joined), storing);
}

/** The same steps; large reductions of which `join` makes one step with one before them are gone. */
function absorbed(
  steps: readonly Step[],
  join: (host: Step, step: ReduceStep) => ReduceStep | undefined,
): Step[] {
  let found: ReduceStep | undefined;
  return absorbSteps(
    steps,
    (step, before, writers) => {
      if (step.kind !== "reduce" || step.kept < LEAST.rows || step.reduced < LEAST.rows) return undefined;
      if (step.kept * step.reduced < LEAST.elements) return undefined;
      return findHost(step, before, writers, (host) => (found = join(host, step)) !== undefined);
    },
    (_, step) => found ?? step,
  );
}

/** The place of the last step that `fits` and that what `step` reads is there before, or is made by. */
function findHost(
  step: ReduceStep,
  before: readonly Step[],
  writers: ReadonlyMap<Buffer, number>,
  fits: (host: Step) => boolean,
): number | undefined {
  const earliest = Math.max(0, ...[...readsOf(step)].map((buffer) => writers.get(buffer) ?? 0));
  for (let at = before.length - 1; at >= earliest && at >= before.length - MOST_TRIED; at--) {
    if (fits(before[at]!)) return at;
  }
  return undefined;
}

/** Two reductions, of rows and of columns of the same elements, as one step; undefined for others. */
function joined(host: Step, step: ReduceStep): ReduceStep | undefined {
  if (host.kind !== "reduce" || host.kept !== step.reduced || host.reduced !== step.kept) return undefined;
  const written = writesOf(host);
  if ([...readsOf(step)].some((buffer) => written.includes(buffer))) return undefined;
  return asOne(host, step) ?? asOne(step, host);
}

function asOne(rows: ReduceStep, columns: ReduceStep): ReduceStep | undefined {
  const { kept, reduced } = rows;
  if (rows.across || columns.across || rows.stores || columns.stores || reduced < LEAST.columns)
    return undefined;
  const move: Move = ({ offset, segments }) => {
    const runs = cut(segments, [reduced, kept]);
    return runs && { offset, segments: simplify([runs[1]!, runs[0]!]) };
  };
  const across: Reduction[] = [];
  for (const reduction of columns.reductions) {
    const expr = moved(reduction.expr, move);
    if (!expr) return undefined;
    across.push({ ...reduction, expr });
  }
  const step: ReduceStep = { ...rows, across };
  const inOrder = [{ ...rows }, { ...rows, reductions: across }].map((one) => wholeReadsOf(one));
  const isShared = [...inOrder[0]!].some((buffer) => inOrder[1]!.has(buffer));
  return isShared && [...rows.reductions, ...across].every(isFoldable) && hasTwoLoops(step)
    ? step
    : undefined;
}

/** The buffers of which a step reads all elements in order. */
function wholeReadsOf(step: ReduceStep): Set<Buffer> {
  const size = step.kept * step.reduced;
  const found = layoutsOf(step).flatMap((layout) =>
    "buffer" in layout && isContiguous(layout, size) ? [layout.buffer as Buffer] : [],
  );
  return new Set(found);
}

/** What is put together of a few rows at a time: products might leave the range of float32 on the way. */
function isFoldable({ reducer, expr: { lane } }: Reduction): boolean {
  return lane !== "bool" && (reducer === "sum" || reducer === "max" || reducer === "min");
}

function hasTwoLoops(step: ReduceStep): boolean {
  const { kept, reduced } = step;
  const layouts = layoutsOf(step).map(({ segments }) => segments);
  const border = [kept, reduced].map((size) => ({ size, stride: 0 }));
  return commonSizes([...layouts, border], kept * reduced)?.length === 2;
}

/** A step that folds rows and columns, and stores what `map` does, which it reads; undefined for others. */
function storing(map: Step, step: ReduceStep): ReduceStep | undefined {
  if (map.kind !== "map" || !step.across) return undefined;
  if (map.size !== step.kept * step.reduced || sizeOfAll(map) + sizeOfAll(step) > LARGEST) return undefined;
  const reads = readsOf(step);
  const written = writesOf(map).filter((buffer) => reads.has(buffer));
  const result: ReduceStep = { ...step, stores: [...map.stores, ...(step.stores ?? [])] };
  const isWhole = ({ buffer, layout }: MapStep["stores"][number]) =>
    buffer.size === map.size && isContiguous(layout, map.size);
  const fits =
    written.length > 0 &&
    map.stores.every(isWhole) &&
    written.every((buffer) => readsInPlace(result, buffer)) &&
    hasTwoLoops(result);
  return fits ? result : undefined;
}

function sizeOfAll(step: Step): number {
  return exprsOf(step).reduce((sum, expr) => sum + sizeOf(expr), 0);
}
