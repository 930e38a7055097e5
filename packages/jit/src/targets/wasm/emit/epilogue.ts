/** @file The code of a loop that works on a piece of a routine's result. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Epilogue } from "../routines/routine.ts";
import { commonSizes, cut, type Layout } from "../../../expr/segments.ts";
import type { Follow } from "../../../passes/fuse.ts";
import { inOrderOf } from "../../../passes/reorder.ts";
import type { MapStep } from "../../../steps/step.ts";
import type { Placement } from "./addresses.ts";
import { ExpressionEmitter } from "./expression.ts";
import { loopNest, setCounters } from "./loops.ts";
import { basesFor, layoutsOf } from "./step-function.ts";

/**
 * `map` in the order of a routine's result, if vectors of its columns stay vectors: a row may be stored in several runs,
 * as where heads go before positions.
 */
export const byRows: Follow = (map, { buffer, columns }) => {
  const loop = inOrderOf(map, buffer);
  if (!loop) return undefined;
  const stores = loop.stores.map(({ layout }) => layout);
  const layouts = [...layoutsOf(loop.stores.map(({ expr }) => expr)), ...stores];
  const sizes = commonSizes(
    [...layouts.map(({ segments }) => segments), [{ size: columns, stride: 0 }]],
    loop.size,
  );
  const inner = sizes?.at(-1);
  if (!sizes || inner === undefined) return undefined;
  if (inner === columns && loop === map) return map;
  const isRun = ({ segments }: Layout) => cut(segments, sizes)?.at(-1)?.stride === 1;
  const hasRuns = inner === columns || (inner * (sizes.at(-2) ?? 1) === columns && inner % 4 === 0);
  return hasRuns && stores.every(isRun) ? loop : undefined;
};

/** `map`, over the elements of a result with rows of `columns`, a piece at a time. */
export function epilogueOf(
  module: ModuleBuilder,
  { size, stores }: MapStep,
  columns: number,
  placement: Placement,
): Epilogue {
  const exprs = stores.map(({ expr }) => expr);
  const layouts = [...layoutsOf(exprs), ...stores.map(({ layout }) => layout)];
  const nest = loopNest(layouts, size, [columns]);
  const inner = nest.sizes.at(-1)!;
  const inRuns = inner < columns;
  const outer = nest.sizes.slice(0, inRuns ? -2 : -1);
  return {
    emit(f, piece) {
      const written = stores.map(({ buffer }) => buffer);
      const bases = basesFor(f, placement, exprs, written);
      const counters = nest.sizes.map(() => f.local("i32"));
      const position = { counters, vectorLoop: counters.length - 1 };
      const emitter = new ExpressionEmitter(f, module, bases, nest, position, exprs);
      const column = counters.at(-1)!;
      const [row, first, whole, last] = f.locals("i32", 4);
      const body = (lanes: 1 | 4) => () =>
        emitter.scoped(() => {
          for (const { buffer, layout, expr } of stores) emitter.store(buffer, layout, expr, lanes);
        });
      f.get(piece.columns.first).i32(2).op("i32.shl").set(first);
      f.get(piece.columns.last).i32(2).op("i32.shl").tee(last).i32(-16).op("i32.and").set(whole);
      const wholeRow = () => {
        emitter.prepareAddresses(stores);
        f.forRange(column, first, whole, 16, body(4));
        if (columns % 4 !== 0) f.forRange(column, whole, last, 4, body(1));
      };
      const runs = () =>
        eachRun(f, counters.at(-2)!, { first, last, inner }, (from, to) =>
          emitter.scoped(() => {
            emitter.enter(outer.length, 4);
            emitter.prepareAddresses(stores);
            f.forRange(column, from, to, 16, body(4));
          }),
        );
      emitter.enter(-1, 4);
      f.forRange(row, piece.rows.first, piece.rows.last, 1, () =>
        emitter.scoped(() => {
          setCounters(f, row, outer, counters);
          for (const level of outer.keys()) emitter.enter(level, 4);
          if (inRuns) runs();
          else wholeRow();
        }),
      );
      f.free(row, first, whole, last, ...counters);
    },
  };
}

/** Loops over the runs of `inner` columns that begin or end between `first` and `last`, 4 times the columns' numbers. */
function eachRun(
  f: FunctionBuilder,
  run: Local,
  { first, last, inner }: { readonly first: Local; readonly last: Local; readonly inner: number },
  body: (from: Local, to: Local) => void,
): void {
  const [begin, from, to, end] = f.locals("i32", 4);
  f.get(first)
    .i32(4 * inner)
    .op("i32.div_u")
    .i32(2)
    .op("i32.shl")
    .set(begin);
  f.get(last)
    .plus(4 * inner - 1)
    .i32(4 * inner)
    .op("i32.div_u")
    .i32(2)
    .op("i32.shl")
    .set(end);
  f.forRange(run, begin, end, 4, () => {
    // Where the piece begins and ends, counted from the beginning of the run.
    f.get(first).get(run).i32(inner).op("i32.mul").op("i32.sub").tee(from);
    f.i32(0).get(from).i32(0).op("i32.gt_s").op("select").set(from);
    f.get(last).get(run).i32(inner).op("i32.mul").op("i32.sub").tee(to);
    f.i32(4 * inner)
      .get(to)
      .i32(4 * inner)
      .op("i32.lt_s")
      .op("select")
      .set(to);
    body(from, to);
  });
  f.free(begin, from, to, end);
}
