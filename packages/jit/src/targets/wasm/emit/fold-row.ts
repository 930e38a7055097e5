/** @file The code that folds a row: vectors lie along the innermost loop over reduced elements. */
import type { Int } from "../assembler/function-builder.ts";
import { Accumulators, flushOf, widesOf } from "./accumulators.ts";
import type { Lanes } from "./expression.ts";
import { vectorsAtATime } from "./reduce-loops.ts";
import {
  clamped,
  countsOf,
  enterAll,
  inChunks,
  type Parts,
  scopedAll,
  setCounters,
  storeResults,
  takeTurns,
  type Vector,
  vectorsOf,
} from "./reduce-parts.ts";

/** Folds all reduced elements of one row, or those of a block, and stores what is stored of them. */
export function foldRow(parts: Parts): void {
  const { f, nest, counters, keptLoops, step, range } = parts;
  const { reductions, stores = [] } = step;
  const inner = nest.sizes.length - 1;
  const length = nest.sizes[inner]!;
  const count = length >= 64 ? vectorsAtATime(step, length) : 1;
  const vectors = vectorsOf(parts, count, inner);
  const single = vectors.slice(0, 1);
  const counts = countsOf(parts);
  const taken = counts.at(-1)!;
  const together = Math.floor(taken / (4 * count)) + Math.floor((taken % (4 * count)) / 4);
  const perLane = Math.max(1, together, taken % 4);
  const flush = flushOf([...counts.slice(0, -1), perLane]);
  scopedAll(vectors, () => {
    for (const vector of vectors) enterAll(vector, keptLoops - 1, 4);
    const wide = widesOf(f, step, flush, range !== undefined);
    const totals = new Accumulators(
      f,
      reductions,
      vectors.map(() => wide),
    );
    const whole = length - (length % 4);
    // What is left over goes into the first lane, the only one that is stored.
    const rest = length > whole ? new Accumulators(f, reductions, [wide]) : undefined;
    const empty = () => {
      totals.flush(4);
      rest?.flush(1);
    };
    const section = (into: Accumulators, among: readonly Vector[], lanes: Lanes, from: Int, to: Int) => {
      f.forRange(counters[inner]!, from, to, 4 * lanes * among.length, () => {
        setCounters(f, among);
        scopedAll(among, () => {
          into.take(among, lanes);
          for (const { emitter } of among)
            for (const { buffer, layout, expr } of stores) emitter.store(buffer, layout, expr, lanes);
        });
      });
    };
    const row = () => {
      for (const { emitter } of vectors) emitter.prepareAddresses(stores);
      const blocks = length - (length % (4 * count));
      const [from, to] = clamped(parts, inner, 0, 4 * blocks);
      if (flush?.loop === inner - keptLoops) {
        inChunks(f, from, to, 4 * count * flush.turns, (first, last) => {
          section(totals, vectors, 4, first, last);
          totals.flush(4);
        });
      } else if (blocks > 0) section(totals, vectors, 4, from, to);
      if (whole > blocks) section(totals, single, 4, ...clamped(parts, inner, 4 * blocks, 4 * whole));
      if (rest) section(rest, single, 1, ...clamped(parts, inner, 4 * whole, 4 * length));
      if (flush?.loop === inner - keptLoops) empty();
    };
    const walk = (at: number) => {
      if (at === inner) return row();
      const body = () =>
        scopedAll(vectors, () => {
          for (const { emitter } of vectors) emitter.enter(at, 4);
          walk(at + 1);
        });
      takeTurns(parts, at, flush, body, empty);
    };
    walk(keptLoops);
    if (!flush) empty();
    totals.foldLanes(rest);
    storeResults(parts, single[0]!, totals, 0, 1);
    totals.free();
    rest?.free();
    for (const one of wide) one?.free();
  });
  f.free(...vectors.slice(1).map(({ counter }) => counter));
}
