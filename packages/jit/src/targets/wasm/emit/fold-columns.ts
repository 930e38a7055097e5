/** @file The code that folds columns: vectors lie along the innermost loop over kept elements. */
import type { Local } from "../assembler/types.ts";
import { Accumulators, flushOf, widesOf } from "./accumulators.ts";
import type { Lanes } from "./expression.ts";
import { COLUMNS, vectorsAtATime } from "./reduce-loops.ts";
import {
  countsOf,
  enterAll,
  type Parts,
  scopedAll,
  setCounters,
  storeResults,
  takeTurns,
  type Vector,
  vectorsOf,
} from "./reduce-parts.ts";

/** Folds all reduced elements of some columns, for each column of the innermost kept loop, or of a range of units. */
export function foldColumns(parts: Parts, range: { begin: Local; end: Local } | undefined): void {
  const { f, nest, counters, keptLoops, step } = parts;
  const loop = keptLoops - 1;
  const length = nest.sizes[loop]!;
  const count = vectorsAtATime(step, length);
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
    f.smaller(last, 4 * length).set(last);
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
        f.get(counter).plus(step).get(last).op("i32.gt_u").brIf(done);
        const all = vectorsOf(parts, vectors, loop);
        setCounters(f, all);
        foldInto(parts, all, lanes, loop);
        f.free(...all.slice(1).map((other) => other.counter));
        f.increase(counter, step).br(again);
      });
    });
  }
  f.free(first, last);
}

/** Folds all reduced elements of the columns where `vectors` stand, and stores the results. */
function foldInto(parts: Parts, vectors: readonly Vector[], lanes: Lanes, level: number): void {
  const { f, nest, keptLoops, step, range } = parts;
  const loops = nest.sizes.length;
  const flush = flushOf(countsOf(parts));
  scopedAll(vectors, () => {
    for (const vector of vectors) enterAll(vector, level, lanes);
    const wides = vectors.map(() => widesOf(f, step, flush, range !== undefined));
    const totals = new Accumulators(f, step.reductions, wides);
    const empty = () => totals.flush(4);
    const walk = (at: number) => {
      if (at === loops) {
        totals.take(vectors, lanes);
        return;
      }
      if (at === loops - 1) for (const { emitter } of vectors) emitter.prepareAddresses([]);
      const body = () =>
        scopedAll(vectors, () => {
          if (at < loops - 1) for (const { emitter } of vectors) emitter.enter(at, lanes);
          walk(at + 1);
        });
      takeTurns(parts, at, flush, body, empty);
    };
    walk(keptLoops);
    if (!flush) empty();
    for (const [i, vector] of vectors.entries()) storeResults(parts, vector, totals, i, lanes);
    totals.free();
    for (const wide of wides.flat()) wide?.free();
  });
}
