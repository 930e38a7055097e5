/** @file The code of loops that fold elements. */
import type { FunctionBuilder, Int } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { costOf, sizeOf } from "../expr/expr.ts";
import { contiguous, type Layout } from "../expr/segments.ts";
import type { ReduceStep, Reduction } from "../steps/step.ts";
import type { Bases, Placement } from "./addresses.ts";
import { ExpressionEmitter, type Lanes } from "./expression.ts";
import { foldLanes, pushCombined, pushNeutral } from "./fold.ts";
import { loopNest, type LoopNest } from "./loops.ts";
import { basesFor, layoutsOf, stepFunction, type StepCode } from "./step-function.ts";

/** Columns of a unit where only one loop is over kept elements. */
const COLUMNS = 16;

/** From this many elements on a sum is made of sums, so that rounding errors stay small. */
const LONG = 256;

/** Emits the function of `step`. */
export function emitReduce(
  module: ModuleBuilder,
  name: string,
  step: ReduceStep,
  placement: Placement,
): Omit<StepCode, "operands"> {
  const { kept, reduced, reductions } = step;
  const exprs = reductions.map(({ expr }) => expr);
  const nest = nestOf(step);
  const keptLoops = countKept(nest, reduced);
  const results: Layout = {
    offset: 0,
    segments: [...contiguous(kept).segments, ...(reduced > 1 ? [{ size: reduced, stride: 0 }] : [])],
  };
  const inColumns = prefersColumns(step, nest, keptLoops);
  const units =
    keptLoops === 0 ? 1 : keptLoops > 1 || !inColumns ? nest.sizes[0]! : Math.ceil(kept / COLUMNS);
  const fn = stepFunction(module, name, (f, { begin, end }) => {
    const bases = basesFor(
      f,
      placement,
      exprs,
      reductions.map(({ buffer }) => buffer),
    );
    const counters = nest.sizes.map(() => f.local("i32"));
    const parts: Parts = { f, module, bases, nest, counters, keptLoops, results, reductions };
    const inner = inColumns ? keptLoops - 1 : keptLoops;
    const loop = (level: number) => {
      if (level === inner) {
        if (!inColumns) foldRow(parts);
        else foldColumns(parts, keptLoops === 1 ? { begin, end } : undefined);
        return;
      }
      if (level > 0) {
        f.forRange(counters[level]!, 0, 4 * nest.sizes[level]!, 4, () => loop(level + 1));
        return;
      }
      const last = f.local("i32");
      f.get(end).i32(2).op("i32.shl").set(last);
      f.forRange(
        counters[0]!,
        () => f.get(begin).i32(2).op("i32.shl"),
        last,
        4,
        () => loop(1),
      );
    };
    loop(0);
  });
  const cost = exprs.reduce((sum, expr) => sum + costOf(expr) + 1, 0);
  return { fn, units, scratchBytes: 0, work: kept * reduced * cost };
}

/** What the functions below work with. */
interface Parts {
  readonly f: FunctionBuilder;
  readonly module: ModuleBuilder;
  readonly bases: Bases;
  readonly nest: LoopNest;
  readonly counters: readonly Local[];
  readonly keptLoops: number;
  /** Where results go, as a layout of the whole nest. */
  readonly results: Layout;
  readonly reductions: readonly Reduction[];
}

/** Loops over kept and reduced elements; a long reduction is cut in two if its reads allow. */
function nestOf({ kept, reduced, reductions }: ReduceStep): LoopNest {
  const layouts = layoutsOf(reductions.map(({ expr }) => expr));
  const nest = loopNest(layouts, kept * reduced, [kept, reduced]);
  const reducedLoops = nest.sizes.length - countKept(nest, reduced);
  if (reducedLoops !== 1 || reduced < 2 * LONG) return nest;
  for (let inner = LONG; inner >= 32; inner -= 4) {
    if (reduced % inner === 0) return loopNest(layouts, kept * reduced, [kept, reduced / inner, inner]);
  }
  return nest;
}

function countKept({ sizes }: LoopNest, reduced: number): number {
  let loops = sizes.length;
  for (let inner = 1; inner < reduced; inner *= sizes[loops]!) loops--;
  return loops;
}

/** Whether vectors go along the innermost kept loop, and not along the innermost reduced one. */
function prefersColumns({ reductions }: ReduceStep, nest: LoopNest, keptLoops: number): boolean {
  const [column, row] = [keptLoops - 1, nest.sizes.length - 1];
  if (column < 0 || nest.sizes[column]! < 4) return false;
  if (nest.sizes[row]! < 4) return true;
  const layouts = layoutsOf(reductions.map(({ expr }) => expr));
  const along = (loop: number) => layouts.filter((layout) => nest.stridesOf(layout)[loop] === 1).length;
  return along(column) > along(row);
}

/** Emitters for `count` vectors side by side, `loop` being that of the vectors, each with a counter of its own. */
function emittersFor(
  parts: Parts,
  count: number,
  loop: number,
): { emitter: ExpressionEmitter; counter: Local }[] {
  const { f, module, bases, nest, counters, reductions } = parts;
  return Array.from({ length: count }, (_, i) => {
    const counter = i === 0 ? counters[loop]! : f.local("i32");
    const own = counters.map((shared, level) => (level === loop ? counter : shared));
    const exprs = reductions.map(({ expr }) => expr);
    return {
      counter,
      emitter: new ExpressionEmitter(f, module, bases, nest, { counters: own, vectorLoop: loop }, exprs),
    };
  });
}

/** How many vectors are worked on at a time, so that additions need not wait for each other. */
function vectorsAtATime(reductions: readonly Reduction[], length: number): number {
  const size = reductions.reduce((sum, { expr }) => sum + sizeOf(expr), 0);
  const wanted = size <= 8 ? 4 : size <= 16 ? 2 : 1;
  return Math.min(wanted, Math.max(1, Math.floor(length / 4)));
}

/** Runs `body` within the scopes of all of `emitters`. */
function scopedAll(emitters: readonly { emitter: ExpressionEmitter }[], body: () => void): void {
  const [first, ...rest] = emitters;
  if (first) first.emitter.scoped(() => scopedAll(rest, body));
  else body();
}

/** Folds all reduced elements of some columns, for each column of the innermost kept loop. */
function foldColumns(parts: Parts, range: { begin: Local; end: Local } | undefined): void {
  const { f, nest, counters, keptLoops, reductions } = parts;
  const loop = keptLoops - 1;
  const length = nest.sizes[loop]!;
  const count = vectorsAtATime(reductions, length);
  const counter = counters[loop]!;
  const first = f.local("i32");
  const last = f.local("i32");
  if (range) {
    f.get(range.begin)
      .i32(4 * COLUMNS)
      .op("i32.mul")
      .set(first);
    f.get(range.end)
      .i32(4 * COLUMNS)
      .op("i32.mul")
      .set(last);
    f.get(last)
      .i32(4 * length)
      .get(last)
      .i32(4 * length)
      .op("i32.lt_s")
      .op("select")
      .set(last);
  } else {
    f.i32(0)
      .set(first)
      .i32(4 * length)
      .set(last);
  }
  const sections: [lanes: Lanes, vectors: number][] =
    count > 1
      ? [
          [4, count],
          [4, 1],
        ]
      : [[4, 1]];
  if (length % 4 !== 0) sections.push([1, 1]);
  f.get(first).set(counter);
  for (const [lanes, vectors] of sections) {
    const step = 4 * lanes * vectors;
    const limit = f.local("i32");
    f.get(last).i32(step).op("i32.sub").set(limit);
    f.block((done) => {
      f.loop((again) => {
        f.get(counter).get(limit).op("i32.gt_s").brIf(done);
        const emitters = emittersFor(parts, vectors, loop);
        for (const [i, other] of emitters.entries()) {
          if (i > 0)
            f.get(counter)
              .i32(16 * i)
              .op("i32.add")
              .set(other.counter);
        }
        foldInto(parts, emitters, lanes, loop);
        f.free(...emitters.slice(1).map((other) => other.counter));
        f.get(counter).i32(step).op("i32.add").set(counter).br(again);
      });
    });
    f.free(limit);
  }
  f.free(first, last);
}

type Accumulators = readonly (readonly Local[])[];

/** Folds all reduced elements of the columns where `emitters` stand, and stores the results. */
function foldInto(
  parts: Parts,
  emitters: readonly { emitter: ExpressionEmitter }[],
  lanes: Lanes,
  level: number,
): void {
  const { f, nest, counters, reductions, results } = parts;
  const loops = nest.sizes.length;
  scopedAll(emitters, () => {
    for (const { emitter } of emitters) enterAll(emitter, level, lanes);
    const totals = accumulators(parts, emitters.length);
    const walk = (at: number, into: Accumulators) => {
      if (at === loops) {
        fold(parts, emitters, into, lanes);
        return;
      }
      if (at === loops - 1) for (const { emitter } of emitters) emitter.prepareAddresses([]);
      f.forRange(counters[at]!, 0, 4 * nest.sizes[at]!, 4, () => {
        scopedAll(emitters, () => {
          if (at === loops - 1 || at > parts.keptLoops) {
            if (at < loops - 1) for (const { emitter } of emitters) emitter.enter(at, lanes);
            walk(at + 1, into);
            return;
          }
          for (const { emitter } of emitters) emitter.enter(at, lanes);
          const partial = accumulators(parts, emitters.length);
          walk(at + 1, partial);
          merge(parts, into, partial);
        });
      });
    };
    walk(parts.keptLoops, totals);
    for (const [i, { emitter }] of emitters.entries()) {
      for (const [j, { buffer, expr }] of reductions.entries()) {
        emitter.storeValue(buffer, results, totals[i]![j]!, expr.lane, lanes);
      }
    }
    f.free(...totals.flat());
  });
}

/** Adds the elements where `emitters` stand to `into`. */
function fold(
  { f, reductions }: Parts,
  emitters: readonly { emitter: ExpressionEmitter }[],
  into: Accumulators,
  lanes: Lanes,
): void {
  for (const [i, { emitter }] of emitters.entries()) {
    for (const [j, { reducer, expr }] of reductions.entries()) {
      const total = into[i]![j]!;
      pushCombined(f, reducer, expr.lane, total, () => emitter.push(expr, lanes));
      f.set(total);
    }
  }
}

/** Emits what the loops up to `level` determine. */
function enterAll(emitter: ExpressionEmitter, level: number, lanes: Lanes): void {
  for (let at = -1; at <= level; at++) emitter.enter(at, lanes);
}

/** New locals that hold nothing yet, for each vector and each reduction. */
function accumulators({ f, reductions }: Parts, count: number): Accumulators {
  return Array.from({ length: count }, () =>
    reductions.map(({ reducer, expr }) => {
      const local = f.local("v128");
      pushNeutral(f, reducer, expr.lane);
      f.set(local);
      return local;
    }),
  );
}

/** Adds `from` to `into`, and frees `from`. */
function merge({ f, reductions }: Parts, into: Accumulators, from: Accumulators): void {
  for (const [i, locals] of from.entries()) {
    for (const [j, local] of locals.entries()) {
      const { reducer, expr } = reductions[j]!;
      pushCombined(f, reducer, expr.lane, into[i]![j]!, () => f.get(local));
      f.set(into[i]![j]!).free(local);
    }
  }
}

/** Folds all reduced elements of one row, vectors lying along the innermost reduced loop. */
function foldRow(parts: Parts): void {
  const { f, nest, counters, keptLoops, reductions, results } = parts;
  const loops = nest.sizes.length;
  const inner = loops - 1;
  const length = nest.sizes[inner]!;
  const count = length >= 64 ? vectorsAtATime(reductions, length) : 1;
  const emitters = emittersFor(parts, count, inner);
  const single = emitters.slice(0, 1);
  scopedAll(emitters, () => {
    for (const { emitter } of emitters) enterAll(emitter, keptLoops - 1, 4);
    const totals = accumulators(parts, 1);
    const section = (into: Accumulators, vectors: typeof emitters, lanes: Lanes, from: number, to: Int) => {
      f.forRange(counters[inner]!, from, to, 4 * lanes * vectors.length, () => {
        for (const [i, { counter }] of vectors.entries()) {
          if (i > 0)
            f.get(counters[inner]!)
              .i32(16 * i)
              .op("i32.add")
              .set(counter);
        }
        scopedAll(vectors, () => fold(parts, vectors, into, lanes));
      });
    };
    const walk = (at: number) => {
      if (at < inner) {
        f.forRange(counters[at]!, 0, 4 * nest.sizes[at]!, 4, () =>
          scopedAll(emitters, () => {
            for (const { emitter } of emitters) emitter.enter(at, 4);
            walk(at + 1);
          }),
        );
        return;
      }
      for (const { emitter } of emitters) emitter.prepareAddresses([]);
      const blocks = length - (length % (4 * count));
      const vectors = length - (length % 4);
      const partial = accumulators(parts, count);
      if (blocks > 0) section(partial, emitters, 4, 0, 4 * blocks);
      if (vectors > blocks) section(partial, single, 4, 4 * blocks, 4 * vectors);
      for (let i = 1; i < count; i++) merge(parts, [partial[0]!], [partial[i]!]);
      if (vectors > 0)
        for (const [j, { reducer, expr }] of reductions.entries())
          foldLanes(f, reducer, expr.lane, partial[0]![j]!);
      // The rest is folded into the first lane, the only one that is stored.
      if (length > vectors) section([partial[0]!], single, 1, 4 * vectors, 4 * length);
      merge(parts, totals, [partial[0]!]);
    };
    walk(keptLoops);
    for (const [j, { buffer, expr }] of reductions.entries()) {
      single[0]!.emitter.storeValue(buffer, results, totals[0]![j]!, expr.lane, 1);
    }
    f.free(...totals.flat());
  });
  f.free(...emitters.slice(1).map(({ counter }) => counter));
}
