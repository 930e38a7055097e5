/** @file The code of a loop that works on a piece of a routine's result. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Epilogue } from "../routines/routine.ts";
import type { MapStep } from "../../../steps/step.ts";
import type { Placement } from "./addresses.ts";
import { ExpressionEmitter } from "./expression.ts";
import { loopNest } from "./loops.ts";
import { basesFor, layoutsOf } from "./step-function.ts";

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
  const outer = nest.sizes.slice(0, -1);
  return {
    emit(f, piece) {
      const written = stores.map(({ buffer }) => buffer);
      const bases = basesFor(f, placement, exprs, written);
      const counters = nest.sizes.map(() => f.local("i32"));
      const position = { counters, vectorLoop: outer.length };
      const emitter = new ExpressionEmitter(f, module, bases, nest, position, exprs);
      const column = counters.at(-1)!;
      const [row, first, whole, last] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
      const body = (lanes: 1 | 4) => () =>
        emitter.scoped(() => {
          for (const { buffer, layout, expr } of stores) emitter.store(buffer, layout, expr, lanes);
        });
      f.get(piece.columns.first).i32(2).op("i32.shl").set(first);
      f.get(piece.columns.last).i32(2).op("i32.shl").tee(last).i32(-16).op("i32.and").set(whole);
      emitter.enter(-1, 4);
      f.forRange(row, piece.rows.first, piece.rows.last, 1, () =>
        emitter.scoped(() => {
          setCounters(f, row, outer, counters);
          for (const level of outer.keys()) emitter.enter(level, 4);
          emitter.prepareAddresses(stores);
          f.forRange(column, first, whole, 16, body(4));
          if (columns % 4 !== 0) f.forRange(column, whole, last, 4, body(1));
        }),
      );
      f.free(row, first, whole, last, ...counters);
    },
  };
}

/** Sets the counters of the loops that together run over the rows. */
function setCounters(
  f: FunctionBuilder,
  row: Local,
  sizes: readonly number[],
  counters: readonly Local[],
): void {
  let inner = 1;
  for (let loop = sizes.length - 1; loop >= 0; loop--) {
    f.get(row);
    if (inner !== 1) f.i32(inner).op("i32.div_u");
    if (loop > 0) f.i32(sizes[loop]!).op("i32.rem_u");
    f.i32(2).op("i32.shl").set(counters[loop]!);
    inner *= sizes[loop]!;
  }
}
