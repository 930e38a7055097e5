/** @file What the code of reductions works with, and how it goes through loops. */
import type { FunctionBuilder, Int } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Interval } from "../routines/long-sums.ts";
import type { Buffer } from "../../../expr/expr.ts";
import type { Layout } from "../../../expr/segments.ts";
import { exprsOf } from "../../../steps/accesses.ts";
import type { ReduceStep } from "../../../steps/step.ts";
import type { Accumulators } from "./accumulators.ts";
import type { Bases } from "./addresses.ts";
import { ExpressionEmitter, type Lanes } from "./expression.ts";
import type { LoopNest } from "./loops.ts";

/** Where the results of a reduction go. */
export interface Result {
  readonly buffer: Buffer;
  /** Over the whole nest. */
  readonly layout: Layout;
  /** Whether they are float64. */
  readonly isWide: boolean;
}

/** What is emitted of a reduction. */
export interface Parts {
  readonly f: FunctionBuilder;
  readonly module: ModuleBuilder;
  readonly bases: Bases;
  readonly nest: LoopNest;
  readonly counters: readonly Local[];
  /** How many loops are over kept elements, or blocks. */
  readonly keptLoops: number;
  readonly step: ReduceStep;
  /** One for each reduction. */
  readonly results: readonly Result[];
  /** The loop of which only some turns are taken: its counter goes from `from` to `to`, `turns` turns at most. */
  readonly range:
    { readonly loop: number; readonly turns: number; readonly from: Local; readonly to: Local } | undefined;
}

/** An emitter of a vector, with the counter of the loop that the vectors are along. */
export interface Vector {
  readonly emitter: ExpressionEmitter;
  readonly counter: Local;
}

/** Emitters for `count` vectors side by side, `loop` being that of the vectors, each with a counter of its own. */
export function vectorsOf(parts: Parts, count: number, loop: number): Vector[] {
  const { f, module, bases, nest, counters, step } = parts;
  const exprs = exprsOf(step);
  return Array.from({ length: count }, (_, i) => {
    const counter = i === 0 ? counters[loop]! : f.local("i32");
    const own = counters.map((shared, level) => (level === loop ? counter : shared));
    const position = { counters: own, vectorLoop: loop };
    return { counter, emitter: new ExpressionEmitter(f, module, bases, nest, position, exprs) };
  });
}

/** Sets the counters of all vectors but the first. */
export function setCounters(f: FunctionBuilder, [first, ...others]: readonly Vector[]): void {
  for (const [i, { counter }] of others.entries()) {
    f.get(first!.counter)
      .plus(16 * (i + 1))
      .set(counter);
  }
}

/** Runs `body` within the scopes of all of `vectors`. */
export function scopedAll([first, ...rest]: readonly Vector[], body: () => void): void {
  if (first) first.emitter.scoped(() => scopedAll(rest, body));
  else body();
}

/** Emits what the loops up to `level` determine. */
export function enterAll({ emitter }: Vector, level: number, lanes: Lanes): void {
  for (let at = -1; at <= level; at++) emitter.enter(at, lanes);
}

/** How many turns of each reduced loop are taken at most. */
export function countsOf({ nest, keptLoops, range }: Parts): number[] {
  return nest.sizes.map((size, loop) => (loop === range?.loop ? range.turns : size)).slice(keptLoops);
}

/** Runs `body` in each turn of loop `at`, and `empty` after those turns that `flush` says. */
export function takeTurns(
  parts: Parts,
  at: number,
  flush: Interval | undefined,
  body: () => void,
  empty: () => void,
): void {
  const { f, nest, counters, keptLoops, range } = parts;
  const counter = counters[at]!;
  const [from, to]: [Int, Int] = at === range?.loop ? [range.from, range.to] : [0, 4 * nest.sizes[at]!];
  if (at !== keptLoops + (flush?.loop ?? -1)) {
    f.forRange(counter, from, to, 4, body);
    return;
  }
  inChunks(f, from, to, flush!.turns, (first, last) => {
    f.forRange(counter, first, last, 4, body);
    empty();
  });
}

/** Calls `body` for chunks of `chunk` turns from `from` to `to`, 4 times their numbers, and for the rest. */
export function inChunks(
  f: FunctionBuilder,
  from: Int,
  to: Int,
  chunk: number,
  body: (first: Int, last: Int) => void,
): void {
  if (typeof from === "number" && typeof to === "number") {
    const whole = to - ((to - from) % (4 * chunk));
    if (whole > from) {
      const [first, last] = f.locals("i32", 2);
      f.forRange(first, from, whole, 4 * chunk, () => {
        f.get(first)
          .plus(4 * chunk)
          .set(last);
        body(first, last);
      });
      f.free(first, last);
    }
    if (whole < to) body(whole, to);
    return;
  }
  const [first, last] = f.locals("i32", 2);
  f.forRange(first, from, to, 4 * chunk, () => {
    f.get(first)
      .plus(4 * chunk)
      .set(last);
    f.smaller(last, to).set(last);
    body(first, last);
  });
  f.free(first, last);
}

/** The turns of loop `at` of those from `begin` to `end` that are taken, 4 times their numbers. */
export function clamped(parts: Parts, at: number, begin: number, end: number): [Int, Int] {
  const { f, range } = parts;
  if (at !== range?.loop) return [begin, end];
  const [first, last] = f.locals("i32", 2);
  f.get(range.from).i32(begin).get(range.from).i32(begin).op("i32.gt_u").op("select").set(first);
  f.smaller(range.to, end).set(last);
  return [first, last];
}

/** Stores what the accumulators of vector `i` hold in `lanes` lanes. */
export function storeResults(
  { step, results }: Parts,
  { emitter }: Vector,
  totals: Accumulators,
  i: number,
  lanes: Lanes,
): void {
  for (const [j, { expr }] of step.reductions.entries()) {
    const { buffer, layout, isWide } = results[j]!;
    if (isWide) emitter.storeWide(buffer, layout, totals.halves(i, j), lanes);
    else emitter.storeValue(buffer, layout, totals.result(i, j), expr.lane, lanes);
  }
}
