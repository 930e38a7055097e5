/** @file Where reductions collect their elements, and when what was collected goes to float64. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import { Extreme, isCollected } from "../math/extreme.ts";
import { Wide } from "../math/wide.ts";
import { type Interval, intervalOf } from "../routines/long-sums.ts";
import type { ReduceStep, Reduction } from "../../../steps/step.ts";
import type { ExpressionEmitter, Lanes } from "./expression.ts";
import { foldLanes, pushCombined, pushNeutral } from "./fold.ts";
import { isWide } from "./reduce-loops.ts";

/** Terms that one lane adds in float32: their rounding errors stay below 2^-19, mostly far below. */
const LONGEST = 64;

/** Factors of which float32 rounds each time: no order of them helps. */
const FEW_FACTORS = 16;

/** When sums go to float64, in loops of `counts` turns, from the outermost: as rarely as the bound allows. */
export function flushOf(counts: readonly number[]): Interval | undefined {
  return intervalOf(counts, LONGEST);
}

/** Collects the elements of one vector of one reduction. */
class Accumulator {
  readonly local: Local;
  readonly wide: Wide | undefined;
  /** Whether each element goes to float64 at once. */
  readonly #direct: boolean;
  /** Collects until all are taken. */
  #extreme: Extreme | undefined;
  readonly #f: FunctionBuilder;
  readonly #reduction: Reduction;

  constructor(f: FunctionBuilder, reduction: Reduction, wide: Wide | undefined) {
    this.#f = f;
    this.#reduction = reduction;
    this.wide = wide;
    this.#direct = wide !== undefined && reduction.reducer === "product";
    this.local = f.local("v128");
    const { reducer, expr } = reduction;
    if (isCollected(reducer, expr.lane)) this.#extreme = new Extreme(f, reducer);
    this.clear();
  }

  clear(): void {
    this.#extreme?.clear();
    if (this.#extreme) return;
    pushNeutral(this.#f, this.#reduction.reducer, this.#reduction.expr.lane);
    this.#f.set(this.local);
  }

  take(emitter: ExpressionEmitter, lanes: Lanes): void {
    const f = this.#f;
    const reduction = this.#reduction;
    const { local, wide } = this;
    const { reducer, expr } = reduction;
    if (wide && this.#direct) {
      emitter.push(expr, lanes);
      f.set(local);
      if (lanes === 1) wide.addFirst(local);
      else wide.add(local);
      return;
    }
    if (this.#extreme) {
      emitter.push(expr, lanes);
      f.set(local);
      this.#extreme.take(local);
      return;
    }
    pushCombined(f, reducer, expr.lane, local, () => emitter.push(expr, lanes));
    f.set(local);
  }

  flush(lanes: Lanes): void {
    if (!this.wide || this.#direct) return;
    if (lanes === 1) this.wide.addFirst(this.local);
    else this.wide.add(this.local);
    this.clear();
  }

  merge(other: Accumulator): void {
    const { reducer, expr } = this.#reduction;
    for (const one of [this, other]) one.#gather();
    pushCombined(this.#f, reducer, expr.lane, this.local, () => this.#f.get(other.local));
    this.#f.set(this.local);
  }

  foldLanes(): void {
    this.#gather();
    foldLanes(this.#f, this.#reduction.reducer, this.#reduction.expr.lane, this.local);
  }

  /** Ends collecting: the extremes go where other values are. */
  #gather(): void {
    this.#extreme?.push();
    if (this.#extreme) this.#f.set(this.local);
    this.#extreme?.free();
    this.#extreme = undefined;
  }

  /** Puts the float64 values where the float32 ones were. */
  settle(): void {
    this.#gather();
    if (!this.wide) return;
    this.wide.push();
    this.#f.set(this.local);
  }
}

/** The accumulators of several vectors, each for all reductions of a step. */
export class Accumulators {
  readonly #f: FunctionBuilder;
  readonly #rows: readonly (readonly Accumulator[])[];

  /** @param wides for each vector and each reduction */
  constructor(
    f: FunctionBuilder,
    reductions: readonly Reduction[],
    wides: readonly (readonly (Wide | undefined)[])[],
  ) {
    this.#f = f;
    this.#rows = wides.map((row) => reductions.map((reduction, j) => new Accumulator(f, reduction, row[j])));
  }

  /** Takes in the elements where `emitters` stand. */
  take(emitters: readonly { readonly emitter: ExpressionEmitter }[], lanes: Lanes): void {
    for (const [i, { emitter }] of emitters.entries())
      for (const one of this.#rows[i]!) one.take(emitter, lanes);
  }

  /** Puts what was collected since the last time into float64: of `lanes` lanes. */
  flush(lanes: Lanes): void {
    for (const one of this.#rows.flat()) one.flush(lanes);
  }

  /** Puts all vectors and all lanes of those that stay in float32 together; of `rest` the first lane. */
  foldLanes(rest: Accumulators | undefined): void {
    const [first, ...others] = this.#rows;
    for (const [j, one] of first!.entries()) {
      if (one.wide) {
        one.wide.foldLanes();
        continue;
      }
      for (const other of others) one.merge(other[j]!);
      one.foldLanes();
      if (rest) one.merge(rest.#rows[0]![j]!);
    }
  }

  /** The values of vector `i` of reduction `j`, in float32. */
  result(i: number, j: number): Local {
    const one = this.#rows[i]![j]!;
    one.settle();
    return one.local;
  }

  /** Those of one that is in float64: the first two lanes, and the others. */
  halves(i: number, j: number): readonly [Local, Local] {
    const { wide } = this.#rows[i]![j]!;
    if (!wide) throw new Error("internal: a reduction is not in float64");
    return wide.halves;
  }

  free(): void {
    this.#f.free(...this.#rows.flat().map(({ local }) => local));
  }
}

/** What the reductions need in float64, if loops are flushed as `flush` says, or if they are folded in blocks. */
export function widesOf(
  f: FunctionBuilder,
  { reductions, reduced }: ReduceStep,
  flush: Interval | undefined,
  inBlocks: boolean,
): (Wide | undefined)[] {
  return reductions.map((reduction) => {
    const { reducer } = reduction;
    if (!isWide(reduction) || (reducer !== "sum" && reducer !== "product")) return undefined;
    const isShort = reducer === "sum" ? !flush : reduced <= FEW_FACTORS;
    if (isShort && !inBlocks) return undefined;
    const wide = new Wide(f, reducer);
    wide.clear();
    return wide;
  });
}
