/** @file Losses of a run, kept short however long the run is. */
import type { LossPoint } from "../../protocol/events.ts";

/** Columns as the chart takes them; null where a step has no such value. */
export interface Columns {
  readonly step: number[];
  readonly train: (number | null)[];
  readonly eval: (number | null)[];
}

/** More points than this are joined two by two: a screen is not wider. */
const MOST_POINTS = 3000;

/** Loss points in order of their steps; of a long run, each is the mean of as many as all others. */
export class LossHistory {
  #columns: Columns = { step: [], train: [], eval: [] };
  /** How many losses one point stands for, and how many the last one holds so far. */
  #perPoint = 1;
  #inLast = 1;
  readonly #most: number;

  constructor(most = MOST_POINTS) {
    this.#most = most;
  }

  /** How many points there are. */
  get length(): number {
    return this.#columns.step.length;
  }

  /** The points; not to be changed. */
  get columns(): Columns {
    return this.#columns;
  }

  /** Adds points. One whose step is not after the last takes the place of what is there from that step on. */
  add(points: readonly LossPoint[]): void {
    for (const { step, train, eval: held } of points) {
      if (this.length > 0 && step <= this.#columns.step[this.length - 1]!) this.cut(step - 1);
      if (this.length > 0 && this.#inLast < this.#perPoint) this.#join(step, finite(train), finite(held));
      else this.#push(step, finite(train), finite(held));
    }
  }

  /** Forgets what comes after `step`. */
  cut(step: number): void {
    const { step: steps, train, eval: evals } = this.#columns;
    let length = steps.length;
    while (length > 0 && steps[length - 1]! > step) length--;
    if (length === steps.length) return;
    for (const column of [steps, train, evals]) column.length = length;
    this.#inLast = this.#perPoint;
  }

  /** Forgets everything. */
  clear(): void {
    this.#columns = { step: [], train: [], eval: [] };
    this.#perPoint = 1;
    this.#inLast = 1;
  }

  #push(step: number, train: number | null, held: number | null): void {
    if (this.length >= this.#most) {
      this.#columns = halved(this.#columns);
      this.#perPoint *= 2;
      // Of an odd number, the last stands alone.
      this.#inLast = this.#perPoint;
    }
    this.#columns.step.push(step);
    this.#columns.train.push(train);
    this.#columns.eval.push(held);
    this.#inLast = 1;
  }

  #join(step: number, train: number | null, held: number | null): void {
    const { step: steps, train: trains, eval: evals } = this.#columns;
    const last = steps.length - 1;
    steps[last] = step;
    trains[last] = mean(trains[last]!, train, this.#inLast);
    evals[last] = held ?? evals[last]!;
    this.#inLast++;
  }
}

/** The chart breaks its line at a loss that is no number. */
function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Two neighbours become one, at the later step, with the mean of what they have. */
function halved({ step, train, eval: evals }: Columns): Columns {
  const result: Columns = { step: [], train: [], eval: [] };
  for (let index = 0; index < step.length; index += 2) {
    const last = Math.min(index + 1, step.length - 1);
    result.step.push(step[last]!);
    result.train.push(mean(train[index]!, train[last]!));
    result.eval.push(mean(evals[index]!, evals[last]!));
  }
  return result;
}

/** The mean of two losses, of which the first stands for `weight` of them. */
function mean(a: number | null, b: number | null, weight = 1): number | null {
  if (a === null) return b;
  return b === null ? a : (a * weight + b) / (weight + 1);
}

/** A running mean, so that one sees where a noisy loss goes; `span` is the number of points that count. */
export function smoothed(values: readonly (number | null)[], span: number): (number | null)[] {
  const keep = 1 - 2 / (span + 1);
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * keep + value;
    weight = weight * keep + 1;
    return sum / weight;
  });
}
