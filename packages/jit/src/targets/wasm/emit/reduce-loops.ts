/** @file The loops of a reduction, and the blocks in which long ones are folded. */
import { costOf, sizeOf } from "../../../expr/expr.ts";
import { contiguous, type Layout } from "../../../expr/segments.ts";
import { exprsOf } from "../../../steps/accesses.ts";
import type { ReduceStep, Reduction } from "../../../steps/step.ts";
import { loopNest, type LoopNest } from "./loops.ts";
import { layoutsOf } from "./step-function.ts";

/** Columns of a unit where only one loop is over kept elements. */
export const COLUMNS = 16;

/** Fewer units than this of a long reduction are folded in blocks, which threads can share. */
const FEW_UNITS = 16;

/** Elements of a block, about: enough to be worth a turn, few enough to share. */
const BLOCK = 4096;

/** Elements of a block of rows, about: each has results for all columns, which are put together in the end. */
const ROW_BLOCK = 32_768;

/** More blocks than this would be of no use to any number of threads. */
const MOST_BLOCKS = 1024;

/** Blocks begin at multiples of so many turns of an innermost loop: as many elements as are worked on at a time. */
const ALIGNMENT = 16;

/** Loops over kept elements, then over reduced ones. */
export interface ReduceLoops {
  readonly nest: LoopNest;
  /** How many are over kept elements. */
  readonly keptLoops: number;
  /** Whether vectors go along the innermost kept loop, and not along the innermost reduced one. */
  readonly inColumns: boolean;
  /** Pieces of the kept elements that do not depend on each other. */
  readonly keptUnits: number;
}

/** A loop over reduced elements that is folded in blocks. What they are depends on nothing but the step. */
export interface Split {
  readonly loop: number;
  /** Turns of it that are a block. The last may have fewer. */
  readonly turns: number;
  readonly blocks: number;
}

/** The loops of `step`. */
export function loopsOf(step: ReduceStep): ReduceLoops {
  const { kept, reduced, stores = [] } = step;
  const read = layoutsOf(exprsOf(step));
  const nest = loopNest([...read, ...stores.map(({ layout }) => layout)], kept * reduced, [kept, reduced]);
  let keptLoops = nest.sizes.length;
  for (let inner = 1; inner < reduced; inner *= nest.sizes[keptLoops]!) keptLoops--;
  const inColumns = prefersColumns(read, nest, keptLoops);
  const isCut = keptLoops === 1 && inColumns;
  const keptUnits = keptLoops === 0 ? 1 : isCut ? Math.ceil(kept / COLUMNS) : nest.sizes[0]!;
  return { nest, keptLoops, inColumns, keptUnits };
}

/** How many units `step` has; undefined where they are not equal, or nothing one after the other. */
export function unitsOf(step: ReduceStep): number | undefined {
  if (step.across || step.reductions.some(({ partials }) => partials)) return undefined;
  const { keptLoops, inColumns, keptUnits } = loopsOf(step);
  return keptLoops === 1 && inColumns ? undefined : keptUnits;
}

function prefersColumns(read: readonly Layout[], nest: LoopNest, keptLoops: number): boolean {
  const [column, row] = [keptLoops - 1, nest.sizes.length - 1];
  if (column < 0 || nest.sizes[column]! < 4) return false;
  if (nest.sizes[row]! < 4) return true;
  const along = (loop: number) => read.filter((layout) => nest.stridesOf(layout)[loop] === 1).length;
  return along(column) > along(row);
}

/** The blocks of a step that is long and has few units; undefined for others. */
export function splitOf(step: ReduceStep, loops: ReduceLoops = loopsOf(step)): Split | undefined {
  const { nest, keptLoops, inColumns, keptUnits } = loops;
  const { kept, reduced } = step;
  if (keptUnits >= FEW_UNITS || !isLong(reduced * Math.min(kept, COLUMNS))) return undefined;
  const counts = nest.sizes.slice(keptLoops);
  // The outermost that has enough turns: its blocks lie together.
  const found = counts.findIndex((count) => count >= FEW_UNITS);
  const at = found < 0 ? counts.indexOf(Math.max(...counts)) : found;
  const size = (kept * reduced) / keptUnits / counts[at]!;
  const wanted = Math.max(Math.ceil(BLOCK / size), Math.ceil(counts[at]! / MOST_BLOCKS));
  const isVector = !inColumns && at === counts.length - 1;
  const turns = isVector ? Math.ceil(wanted / ALIGNMENT) * ALIGNMENT : wanted;
  const blocks = Math.ceil(counts[at]! / turns);
  return blocks > 1 ? { loop: keptLoops + at, turns, blocks } : undefined;
}

/** Blocks of rows in which rows and columns are folded at once: `rows` each, a multiple of eight; the last may have fewer. */
export function rowBlocksOf({ kept, reduced }: ReduceStep): {
  readonly rows: number;
  readonly blocks: number;
} {
  const wanted = Math.max(1, Math.round((kept * reduced) / ROW_BLOCK));
  const rows = 8 * Math.ceil(kept / Math.min(wanted, MOST_BLOCKS) / 8);
  return { rows, blocks: Math.ceil(kept / rows) };
}

/** Whether so many elements are worth being folded in blocks. */
export function isLong(elements: number): boolean {
  return elements >= 2 * BLOCK;
}

/** Whether the results of blocks are float64: sums and products, in which rounding would add up. */
export function isWide({ reducer, expr }: Reduction): boolean {
  return expr.lane === "f32" && (reducer === "sum" || reducer === "product");
}

/** Operations of `step`, roughly in additions. */
export function workOf(step: ReduceStep): number {
  return step.kept * step.reduced * exprsOf(step).reduce((sum, expr) => sum + costOf(expr) + 1, 0);
}

/** How many vectors are worked on at a time, so that additions need not wait for each other. */
export function vectorsAtATime(
  { reductions, stores = [] }: Pick<ReduceStep, "reductions" | "stores">,
  length: number,
): number {
  const size = [...reductions, ...stores].reduce((sum, { expr }) => sum + sizeOf(expr), 0);
  const wanted = stores.length > 0 ? 1 : size <= 8 ? 4 : size <= 16 ? 2 : 1;
  return Math.min(wanted, Math.max(1, Math.floor(length / 4)));
}

/** Where results go, as a layout of the whole nest: `unit` elements apart. */
export function resultsOf({ kept, reduced }: ReduceStep, unit = 1): Layout {
  const segments = contiguous(kept).segments.map(({ size, stride }) => ({ size, stride: stride * unit }));
  return { offset: 0, segments: [...segments, ...(reduced > 1 ? [{ size: reduced, stride: 0 }] : [])] };
}
