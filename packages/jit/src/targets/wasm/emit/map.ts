/** @file The code of a loop that computes elements and stores them. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import { costOf } from "../../../expr/expr.ts";
import { isContiguous, product } from "../../../expr/segments.ts";
import type { MapStep } from "../../../steps/step.ts";
import type { Placement } from "./addresses.ts";
import { ExpressionEmitter } from "./expression.ts";
import { loopNest, type LoopNest, setCounters } from "./loops.ts";
import { basesFor, layoutsOf, stepFunction, type StepCode } from "./step-function.ts";

/** Elements of a unit where there is one loop only: whole vectors, and enough work to be worth a thread's turn. */
const CHUNK = 1024;

/** Emits the function of `step`. */
export function emitMap(
  module: ModuleBuilder,
  name: string,
  step: MapStep,
  placement: Placement,
): Omit<StepCode, "operands"> {
  const { size, stores } = step;
  const exprs = stores.map(({ expr }) => expr);
  const nest = loopNest([...layoutsOf(exprs), ...stores.map(({ layout }) => layout)], size);
  const loops = nest.sizes.length;
  const unitLoops = unitLoopsOf(nest.sizes);
  const units = loops === 1 ? Math.ceil(size / CHUNK) : product(nest.sizes.slice(0, unitLoops));
  const fn = stepFunction(module, name, (f, { begin, end }) => {
    const bases = basesFor(
      f,
      placement,
      exprs,
      stores.map(({ buffer }) => buffer),
    );
    const counters = nest.sizes.map(() => f.local("i32"));
    const emitter = new ExpressionEmitter(f, module, bases, nest, { counters, vectorLoop: loops - 1 }, exprs);
    const body = (lanes: 1 | 4) => {
      emitter.scoped(() => {
        for (const { buffer, layout, expr } of stores) emitter.store(buffer, layout, expr, lanes);
      });
    };
    if (loops === 0) {
      body(1);
      return;
    }
    emitter.enter(-1, 4);
    if (loops === 1) {
      const first = f.local("i32");
      const last = f.local("i32");
      f.get(begin)
        .i32(4 * CHUNK)
        .op("i32.mul")
        .set(first);
      f.get(end)
        .i32(4 * CHUNK)
        .op("i32.mul")
        .i32(4 * size)
        .op("i32.lt_u")
        .if(
          () =>
            f
              .get(end)
              .i32(4 * CHUNK)
              .op("i32.mul"),
          () => f.i32(4 * size),
          "i32",
        )
        .set(last);
      innermost(f, step, nest, counters[0]!, { first, last }, body);
      return;
    }
    const loop = (level: number) => {
      const counter = counters[level]!;
      if (level === loops - 1) {
        emitter.prepareAddresses(stores);
        innermost(f, step, nest, counter, { first: 0, last: 4 * nest.sizes[level]! }, body);
        return;
      }
      const inside = () =>
        emitter.scoped(() => {
          emitter.enter(level, 4);
          loop(level + 1);
        });
      f.forRange(counter, 0, 4 * nest.sizes[level]!, 4, inside);
    };
    const unit = f.local("i32");
    f.forRange(unit, begin, end, 1, () =>
      emitter.scoped(() => {
        setCounters(f, unit, nest.sizes.slice(0, unitLoops), counters);
        for (let level = 0; level < unitLoops; level++) emitter.enter(level, 4);
        loop(unitLoops);
      }),
    );
  });
  return { fn, units, scratchBytes: 0, work: workOf(step) };
}

/** How many units `step` has; undefined where they are not equal. */
export function unitsOf({ size, stores }: MapStep): number | undefined {
  const layouts = [...layoutsOf(stores.map(({ expr }) => expr)), ...stores.map(({ layout }) => layout)];
  const { sizes } = loopNest(layouts, size);
  if (sizes.length === 1) return size % CHUNK === 0 ? size / CHUNK : undefined;
  return product(sizes.slice(0, unitLoopsOf(sizes)));
}

/** How many of several loops, from the outermost, are divided into units: each unit has enough to do. */
function unitLoopsOf(sizes: readonly number[]): number {
  let loops = Math.min(1, sizes.length - 1);
  while (loops < sizes.length - 1 && product(sizes.slice(loops + 1)) >= CHUNK) loops++;
  return loops;
}

/** What `step` costs, roughly in additions. */
export function workOf({ size, stores }: MapStep): number {
  return size * stores.reduce((sum, { expr }) => sum + costOf(expr) + 1, 0);
}

interface Range {
  readonly first: number | Local;
  readonly last: number | Local;
}

/** The innermost loop: vectors, then what is left, one by one. Buffers are padded to whole vectors. */
function innermost(
  f: FunctionBuilder,
  { size, stores }: MapStep,
  nest: LoopNest,
  counter: Local,
  { first, last }: Range,
  body: (lanes: 1 | 4) => void,
): void {
  const length = nest.sizes.at(-1)!;
  const layouts = layoutsOf(stores.map(({ expr }) => expr));
  const fillsPadding =
    nest.sizes.length === 1 &&
    stores.every(({ buffer, layout }) => buffer.size === size && isContiguous(layout, size)) &&
    layouts.every((layout) => nest.stridesOf(layout)[0] === 0 || isContiguous(layout, size));
  // Not in the padding of one short vector: a moment there decays to numbers so small that they take 150 cycles each.
  if (length < 4) {
    f.forRange(counter, first, last, 4, () => body(1));
    return;
  }
  if (fillsPadding) {
    f.forRange(counter, first, last, 16, () => body(4));
    return;
  }
  if (typeof last === "number") {
    const whole = last - (last % 16);
    f.forRange(counter, first, whole, 16, () => body(4));
    if (whole < last) f.forRange(counter, whole, last, 4, () => body(1));
    return;
  }
  // `first` is a multiple of a vector here, since chunks are.
  const whole = f.local("i32");
  f.get(last).i32(-16).op("i32.and").set(whole);
  f.forRange(counter, first, whole, 16, () => body(4));
  if (length % 4 !== 0) f.forRange(counter, whole, last, 4, () => body(1));
  f.free(whole);
}
