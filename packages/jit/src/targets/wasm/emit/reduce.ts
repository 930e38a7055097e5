/** @file The code of loops that fold elements. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Layout } from "../../../expr/segments.ts";
import { exprsOf, writesOf } from "../../../steps/accesses.ts";
import type { ReduceStep } from "../../../steps/step.ts";
import type { Placement } from "./addresses.ts";
import { emitAcross } from "./across.ts";
import { emitCombine } from "./combine.ts";
import { foldColumns } from "./fold-columns.ts";
import { foldRow } from "./fold-row.ts";
import type { LoopNest } from "./loops.ts";
import { isWide, loopsOf, type ReduceLoops, resultsOf, type Split, splitOf, workOf } from "./reduce-loops.ts";
import type { Parts, Result } from "./reduce-parts.ts";
import { basesFor, stepFunction, type StepCode } from "./step-function.ts";

/** Emits the function of `step`, and of what puts its blocks together. */
export function emitReduce(
  module: ModuleBuilder,
  name: string,
  step: ReduceStep,
  placement: Placement,
): Omit<StepCode, "operands"> {
  if (step.across) return emitAcross(module, name, step, placement);
  const loops = loopsOf(step);
  // Blocks have a place where they were planned.
  const split = step.reductions.some(({ partials }) => partials) ? splitOf(step, loops) : undefined;
  const { nest, keptUnits } = loops;
  const fn = stepFunction(module, name, (f, range) => {
    const bases = basesFor(f, placement, exprsOf(step), writesOf(step));
    if (split) {
      const blocked = blockedNest(step, nest, split);
      const counters = blocked.nest.sizes.map(() => f.local("i32"));
      const [from, to] = f.locals("i32", 2);
      const keptLoops = loops.keptLoops + 1;
      const own = { loop: split.loop + 1, turns: split.turns, from, to };
      const { results } = blocked;
      emitBlocks(
        { f, module, bases, nest: blocked.nest, counters, keptLoops, step, results, range: own },
        loops,
        split,
        range,
      );
    } else {
      const counters = nest.sizes.map(() => f.local("i32"));
      const layout = resultsOf(step);
      const results = step.reductions.map(({ buffer }) => ({ buffer, layout, isWide: false }));
      const { keptLoops } = loops;
      emitUnits(
        { f, module, bases, nest, counters, keptLoops, step, results, range: undefined },
        loops,
        range,
      );
    }
  });
  const work = workOf(step);
  if (!split) return { fn, units: keptUnits, scratchBytes: 0, work };
  const finish = emitCombine(module, `${name} of blocks`, step, split.blocks, placement);
  return { fn, units: keptUnits * split.blocks, scratchBytes: 0, work, finish };
}

/** The nest with a loop over blocks around it, and where the results of each block go. */
function blockedNest(
  step: ReduceStep,
  nest: LoopNest,
  { blocks }: Split,
): { readonly nest: LoopNest; readonly results: readonly Result[] } {
  const strides = new Map<Layout, number>();
  const results = step.reductions.map((reduction): Result => {
    const words = isWide(reduction) ? 2 : 1;
    const layout = resultsOf(step, words);
    strides.set(layout, words * step.kept);
    return { buffer: reduction.partials!, layout, isWide: words === 2 };
  });
  const stridesOf = (layout: Layout) => [strides.get(layout) ?? 0, ...nest.stridesOf(layout)];
  return { nest: { sizes: [blocks, ...nest.sizes], stridesOf }, results };
}

interface Range {
  readonly begin: Local;
  readonly end: Local;
}

/** Emits the loop over blocks: of all kept units the first one, then of all the second one, and so on. */
function emitBlocks(
  parts: Parts,
  loops: ReduceLoops,
  { loop, turns, blocks }: Split,
  { begin, end }: Range,
): void {
  const { f, nest, counters } = parts;
  const { keptUnits, inColumns } = loops;
  const { from, to } = parts.range!;
  const [unit, kept] = f.locals("i32", 2);
  const size = 4 * nest.sizes[loop + 1]!;
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(keptUnits).op("i32.div_u").i32(2).op("i32.shl").tee(counters[0]!);
    f.i32(turns).op("i32.mul").set(from);
    // The last block ends with the loop.
    f.i32(size)
      .get(from)
      .plus(4 * turns);
    f.get(counters[0]!)
      .i32(4 * (blocks - 1))
      .op("i32.eq")
      .op("select")
      .set(to);
    if (loops.keptLoops === 0) {
      foldRow(parts);
      return;
    }
    f.get(unit).i32(keptUnits).op("i32.rem_u").set(kept);
    if (inColumns && loops.keptLoops === 1) {
      const next = f.local("i32");
      f.get(kept).plus(1).set(next);
      foldColumns(parts, { begin: kept, end: next });
      f.free(next);
      return;
    }
    f.get(kept).i32(2).op("i32.shl").set(counters[1]!);
    foldBelow(parts, inColumns, 2);
  });
  f.free(unit, kept);
}

/** Emits the loop over units that are folded whole. */
function emitUnits(parts: Parts, { inColumns }: ReduceLoops, { begin, end }: Range): void {
  const { f, counters, keptLoops } = parts;
  if (keptLoops === 0) foldRow(parts);
  else if (inColumns && keptLoops === 1) foldColumns(parts, { begin, end });
  else {
    const last = f.local("i32");
    f.get(end).i32(2).op("i32.shl").set(last);
    const first = () => f.get(begin).i32(2).op("i32.shl");
    f.forRange(counters[0]!, first, last, 4, () => foldBelow(parts, inColumns, 1));
  }
}

/** Emits the loops over kept elements from `level` on, and in them the folding. */
function foldBelow(parts: Parts, inColumns: boolean, level: number): void {
  const { f, nest, counters, keptLoops } = parts;
  if (level === (inColumns ? keptLoops - 1 : keptLoops)) {
    if (inColumns) foldColumns(parts, undefined);
    else foldRow(parts);
    return;
  }
  f.forRange(counters[level]!, 0, 4 * nest.sizes[level]!, 4, () => foldBelow(parts, inColumns, level + 1));
}
