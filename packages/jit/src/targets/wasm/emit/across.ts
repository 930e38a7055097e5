/** @file The code that folds rows and columns of the same elements in one loop, and stores what is stored of them. */
import type { Int } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import { exprsOf, writesOf } from "../../../steps/accesses.ts";
import type { ReduceStep } from "../../../steps/step.ts";
import { isCollected } from "../math/extreme.ts";
import { Accumulators, flushOf, widesOf } from "./accumulators.ts";
import type { Placement } from "./addresses.ts";
import { clearColumns, columnsOf, type Columns, putInColumns } from "./columns.ts";
import { emitCombine } from "./combine.ts";
import { ExpressionEmitter, type Lanes } from "./expression.ts";
import { pushCombined } from "./fold.ts";
import { loopNest } from "./loops.ts";
import { resultsOf, rowBlocksOf, workOf } from "./reduce-loops.ts";
import { enterAll, inChunks, type Parts, scopedAll, storeResults, type Vector } from "./reduce-parts.ts";
import { basesFor, layoutsOf, stepFunction, type StepCode } from "./step-function.ts";

/** Emits the function of `step`, whose units are blocks of rows, and of what puts the columns of its blocks together. */
export function emitAcross(
  module: ModuleBuilder,
  name: string,
  step: ReduceStep,
  placement: Placement,
): Omit<StepCode, "operands"> {
  const { kept, reduced, across = [], stores = [] } = step;
  const { rows, blocks } = rowBlocksOf(step);
  const layouts = [...layoutsOf(exprsOf(step)), ...stores.map(({ layout }) => layout)];
  const nest = loopNest(layouts, kept * reduced, [kept, reduced]);
  const together = rowsTogether(step);
  const fn = stepFunction(module, name, (f, { begin, end }) => {
    const bases = basesFor(f, placement, exprsOf(step), writesOf(step));
    const counters = f.locals("i32", 2);
    const layout = resultsOf(step);
    const results = step.reductions.map(({ buffer }) => ({ buffer, layout, isWide: false }));
    const parts: Parts = { f, module, bases, nest, counters, keptLoops: 1, step, results, range: undefined };
    const [unit, first, last] = f.locals("i32", 3);
    f.forRange(unit, begin, end, 1, () => {
      const columns = across.map((reduction) => columnsOf(f, bases, reduction, unit, reduced));
      for (const one of columns) clearColumns(f, one, reduced);
      f.get(unit)
        .i32(4 * rows)
        .op("i32.mul")
        .set(first);
      // Of the rows of a block, whole groups first.
      const whole = 4 * (kept - (kept % together));
      f.get(first)
        .plus(4 * rows)
        .set(last)
        .smaller(last, whole)
        .set(last);
      f.forRange(counters[0], first, last, 4 * together, () => foldRows(parts, columns, together));
      if (kept % together !== 0) {
        f.get(last).set(first);
        f.get(unit)
          .i32(blocks - 1)
          .op("i32.eq");
        f.if(() => f.forRange(counters[0], first, 4 * kept, 4, () => foldRows(parts, columns, 1)));
      }
      f.free(...columns.map(({ base }) => base));
    });
  });
  const ofColumns = { ...step, kept: reduced, reductions: across };
  const finish = emitCombine(module, `${name} of blocks`, ofColumns, blocks, placement);
  return { fn, units: blocks, scratchBytes: 0, work: workOf(step), finish };
}

/** So many rows are taken at a time: fewer reads and writes of columns, as long as their results stay in registers. */
function rowsTogether({ reductions }: ReduceStep): number {
  const registers = reductions.reduce(
    (sum, { reducer, expr }) => sum + (isCollected(reducer, expr.lane) ? 3 : 1),
    0,
  );
  return registers === 1 ? 8 : registers === 2 ? 4 : 2;
}

/** Folds `count` rows, from the first counter on. */
function foldRows(parts: Parts, columns: readonly Columns[], count: number): void {
  const { f, nest, counters, step } = parts;
  const { across = [], stores = [] } = step;
  const length = nest.sizes[1]!;
  const whole = length - (length % 4);
  const rows = rowsOf(parts, count);
  const flush = flushOf([Math.max(1, whole / 4)]);
  const inner = counters[1]!;
  scopedAll(rows, () => {
    for (const row of rows) enterAll(row, 0, 4);
    const wides = rows.map(() => widesOf(f, step, flush, false));
    const totals = wides.map((wide) => new Accumulators(f, step.reductions, [wide]));
    const rest =
      whole < length ? wides.map((wide) => new Accumulators(f, step.reductions, [wide])) : undefined;
    for (const { emitter } of rows) emitter.prepareAddresses(stores);
    const section = (into: readonly Accumulators[], lanes: Lanes, from: Int, to: Int) =>
      f.forRange(inner, from, to, 4 * lanes, () => {
        const values = across.map(() => f.local("v128"));
        for (const [i, row] of rows.entries()) {
          const { emitter } = row;
          emitter.scoped(() => {
            into[i]!.take([row], lanes);
            for (const [j, { reducer, expr }] of across.entries()) {
              const push = () => emitter.push(expr, lanes);
              if (i === 0) push();
              else pushCombined(f, reducer, expr.lane, values[j]!, push);
              f.set(values[j]!);
            }
            for (const { buffer, layout, expr } of stores) emitter.store(buffer, layout, expr, lanes);
          });
        }
        for (const [j, one] of columns.entries()) putInColumns(f, one, inner, values[j]!, lanes);
        f.free(...values);
      });
    if (flush) {
      inChunks(f, 0, 4 * whole, 4 * flush.turns, (from, to) => {
        section(totals, 4, from, to);
        for (const total of totals) total.flush(4);
      });
    } else section(totals, 4, 0, 4 * whole);
    if (rest) section(rest, 1, 4 * whole, 4 * length);
    for (const [i, total] of totals.entries()) {
      const own = rest?.[i];
      if (flush) own?.flush(1);
      total.foldLanes(own);
      storeResults(parts, rows[i]!, total, 0, 1);
      total.free();
      own?.free();
    }
    for (const wide of wides.flat()) wide?.free();
  });
  f.free(...rows.slice(1).map(({ counter }) => counter));
}

/** Emitters for rows one below the other. */
function rowsOf({ f, module, bases, nest, counters, step }: Parts, count: number): Vector[] {
  const exprs = exprsOf(step);
  return Array.from({ length: count }, (_, i) => {
    const counter = i === 0 ? counters[0]! : f.local("i32");
    if (i > 0)
      f.get(counters[0]!)
        .plus(4 * i)
        .set(counter);
    const position = { counters: [counter, counters[1]!], vectorLoop: 1 };
    return { counter, emitter: new ExpressionEmitter(f, module, bases, nest, position, exprs) };
  });
}
