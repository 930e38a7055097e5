/** @file The code of loops that fold elements. */
import type { FunctionBuilder, Int } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Wide } from "../math/wide.ts";
import type { Interval } from "../routines/long-sums.ts";
import { costOf, sizeOf } from "../../../expr/expr.ts";
import { contiguous, type Layout } from "../../../expr/segments.ts";
import type { ReduceStep, Reduction } from "../../../steps/step.ts";
import { Accumulators, flushOf, widesOf } from "./accumulators.ts";
import type { Bases, Placement } from "./addresses.ts";
import { ExpressionEmitter, type Lanes } from "./expression.ts";
import { loopNest, type LoopNest } from "./loops.ts";
import { basesFor, layoutsOf, stepFunction, type StepCode } from "./step-function.ts";

/** Columns of a unit where only one loop is over kept elements. */
const COLUMNS = 16;

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
    const parts: Parts = { f, module, bases, nest, counters, keptLoops, reduced, results, reductions };
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
  readonly reduced: number;
  /** Where results go, as a layout of the whole nest. */
  readonly results: Layout;
  readonly reductions: readonly Reduction[];
}

/** Loops over kept and reduced elements. */
function nestOf({ kept, reduced, reductions }: ReduceStep): LoopNest {
  return loopNest(layoutsOf(reductions.map(({ expr }) => expr)), kept * reduced, [kept, reduced]);
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
      .op("i32.lt_u")
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
    f.block((done) => {
      f.loop((again) => {
        f.get(counter).i32(step).op("i32.add").get(last).op("i32.gt_u").brIf(done);
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
  }
  f.free(first, last);
}

/** Folds all reduced elements of the columns where `emitters` stand, and stores the results. */
function foldInto(
  parts: Parts,
  emitters: readonly { emitter: ExpressionEmitter }[],
  lanes: Lanes,
  level: number,
): void {
  const { f, nest, keptLoops, reduced, reductions, results } = parts;
  const loops = nest.sizes.length;
  const flush = flushOf(nest.sizes.slice(keptLoops));
  scopedAll(emitters, () => {
    for (const { emitter } of emitters) enterAll(emitter, level, lanes);
    const wides = emitters.map(() => widesOf(f, reductions, reduced, flush));
    const totals = new Accumulators(f, reductions, wides);
    const walk = (at: number) => {
      if (at === loops) {
        totals.take(emitters, lanes);
        return;
      }
      if (at === loops - 1) for (const { emitter } of emitters) emitter.prepareAddresses([]);
      const body = () =>
        scopedAll(emitters, () => {
          if (at < loops - 1) for (const { emitter } of emitters) emitter.enter(at, lanes);
          walk(at + 1);
        });
      turns(parts, at, flush, body, () => totals.flush(4));
    };
    walk(keptLoops);
    for (const [i, { emitter }] of emitters.entries()) {
      for (const [j, value] of totals.results(i).entries()) {
        const { buffer, expr } = reductions[j]!;
        emitter.storeValue(buffer, results, value, expr.lane, lanes);
      }
    }
    totals.free();
    freeAll(wides.flat());
  });
}

/** Runs `body` in each turn of loop `at`, and `empty` after those turns that `flush` says. */
function turns(
  { f, nest, counters, keptLoops }: Parts,
  at: number,
  flush: Interval | undefined,
  body: () => void,
  empty: () => void,
): void {
  const [counter, size] = [counters[at]!, nest.sizes[at]!];
  if (at !== keptLoops + (flush?.loop ?? -1)) {
    f.forRange(counter, 0, 4 * size, 4, body);
    return;
  }
  inChunks(f, size, flush!.turns, (from, to) => {
    f.forRange(counter, from, to, 4, body);
    empty();
  });
}

/** Calls `body` for chunks of `chunk` of `size` turns, and for the rest, with 4 times the first and the end. */
function inChunks(f: FunctionBuilder, size: number, chunk: number, body: (from: Int, to: Int) => void): void {
  const whole = size - (size % chunk);
  if (whole > 0) {
    const [from, to] = [f.local("i32"), f.local("i32")];
    f.forRange(from, 0, 4 * whole, 4 * chunk, () => {
      f.get(from)
        .i32(4 * chunk)
        .op("i32.add")
        .set(to);
      body(from, to);
    });
    f.free(from, to);
  }
  if (whole < size) body(4 * whole, 4 * size);
}

/** Emits what the loops up to `level` determine. */
function enterAll(emitter: ExpressionEmitter, level: number, lanes: Lanes): void {
  for (let at = -1; at <= level; at++) emitter.enter(at, lanes);
}

function freeAll(wides: readonly (Wide | undefined)[]): void {
  for (const wide of wides) wide?.free();
}

/** Folds all reduced elements of one row, vectors lying along the innermost reduced loop. */
function foldRow(parts: Parts): void {
  const { f, nest, counters, keptLoops, reduced, reductions, results } = parts;
  const inner = nest.sizes.length - 1;
  const length = nest.sizes[inner]!;
  const count = length >= 64 ? vectorsAtATime(reductions, length) : 1;
  const emitters = emittersFor(parts, count, inner);
  const single = emitters.slice(0, 1);
  const together = Math.floor(length / (4 * count)) + Math.floor((length % (4 * count)) / 4);
  const perLane = Math.max(1, together, length % 4);
  const flush = flushOf([...nest.sizes.slice(keptLoops, inner), perLane]);
  scopedAll(emitters, () => {
    for (const { emitter } of emitters) enterAll(emitter, keptLoops - 1, 4);
    const wide = widesOf(f, reductions, reduced, flush);
    const totals = new Accumulators(
      f,
      reductions,
      emitters.map(() => wide),
    );
    const vectors = length - (length % 4);
    // What is left over goes into the first lane, the only one that is stored.
    const rest = length > vectors ? new Accumulators(f, reductions, [wide]) : undefined;
    const empty = () => {
      totals.flush(4);
      rest?.flush(1);
    };
    const section = (into: Accumulators, among: typeof emitters, lanes: Lanes, from: Int, to: Int) => {
      f.forRange(counters[inner]!, from, to, 4 * lanes * among.length, () => {
        for (const [i, { counter }] of among.entries()) {
          if (i > 0)
            f.get(counters[inner]!)
              .i32(16 * i)
              .op("i32.add")
              .set(counter);
        }
        scopedAll(among, () => into.take(among, lanes));
      });
    };
    const row = () => {
      for (const { emitter } of emitters) emitter.prepareAddresses([]);
      const blocks = length - (length % (4 * count));
      if (flush?.loop === inner - keptLoops) {
        inChunks(f, blocks, 4 * count * flush.turns, (from, to) => {
          section(totals, emitters, 4, from, to);
          totals.flush(4);
        });
      } else if (blocks > 0) section(totals, emitters, 4, 0, 4 * blocks);
      if (vectors > blocks) section(totals, single, 4, 4 * blocks, 4 * vectors);
      if (rest) section(rest, single, 1, 4 * vectors, 4 * length);
      if (flush?.loop === inner - keptLoops) empty();
    };
    const walk = (at: number) => {
      if (at === inner) return row();
      const body = () =>
        scopedAll(emitters, () => {
          for (const { emitter } of emitters) emitter.enter(at, 4);
          walk(at + 1);
        });
      turns(parts, at, flush, body, empty);
    };
    walk(keptLoops);
    totals.foldLanes(rest);
    for (const [j, value] of totals.results(0).entries()) {
      const { buffer, expr } = reductions[j]!;
      single[0]!.emitter.storeValue(buffer, results, value, expr.lane, 1);
    }
    totals.free();
    rest?.free();
    freeAll(wide);
  });
  f.free(...emitters.slice(1).map(({ counter }) => counter));
}
