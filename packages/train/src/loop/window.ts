/** @file The figures of the steps since the last log: kept where they are, read once, as a mean. */
import * as tf from "@tensorflow/tfjs-core";
import { type Awaitable, isPromise } from "../data/awaitable.ts";
import { setOwn } from "../data/tensors.ts";
import type { Figures } from "./events.ts";

type Entries = readonly (readonly [string, tf.Tensor | number])[];

/** How many scalars are kept before they become one. */
const KEPT = 256;

/** The mean of some scalars. */
interface Part {
  readonly mean: tf.Tensor | number;
  readonly count: number;
}

/** The scalars of one name. */
class Series {
  private tensors: tf.Tensor[] = [];
  private parts: Part[] = [];
  /** What of `parts` was put together on the device, each in order. */
  private readonly stacks: tf.Tensor[] = [];
  private sum = 0;
  private numbers = 0;
  /** The place of the first number that is NaN or infinite. */
  private bad: number | undefined;
  /** How many there were. */
  count = 0;

  add(value: tf.Tensor | number): void {
    this.count++;
    if (typeof value === "number" || isAtHand()) {
      const number = typeof value === "number" ? value : value.dataSync()[0]!;
      this.sum += number;
      this.numbers++;
      if (!Number.isFinite(number)) this.bad ??= this.count;
      if (typeof value !== "number" && !value.kept) value.dispose();
      return;
    }
    // What a Variable owns is not the loop's to free.
    this.tensors.push(value.kept ? value.clone() : value);
    if (this.tensors.length === KEPT) this.fold();
  }

  /** Makes one scalar of those that are kept; begins to read what there is. */
  read(): Awaitable<number> {
    const { sum, numbers } = this;
    if (this.tensors.length === 0 && this.parts.length === 0) return sum / numbers;
    if (this.tensors.length > 0) this.fold();
    const { parts } = this;
    const all: Part[] = numbers > 0 ? [...parts, { mean: sum / numbers, count: numbers }] : parts;
    return meanOf(all);
  }

  /** The place of the first value that is NaN or infinite, from 1; undefined where only the mean of all is. */
  async firstBad(): Promise<number | undefined> {
    if (this.bad !== undefined || this.numbers > 0) return this.bad;
    let before = 0;
    for (const values of [...this.stacks, ...this.tensors]) {
      const at = (await values.data()).findIndex((value) => !Number.isFinite(value));
      if (at >= 0) return before + at + 1;
      before += values.size;
    }
    return undefined;
  }

  dispose(): void {
    tf.dispose(this.tensors.splice(0));
    tf.dispose(this.stacks.splice(0));
    for (const { mean } of this.parts.splice(0)) if (typeof mean !== "number") mean.dispose();
  }

  private fold(): void {
    const tensors = this.tensors.splice(0);
    const [first] = tensors;
    const stack = tf.stack(tensors);
    const mean = tensors.length === 1 ? first! : tf.mean(stack);
    for (const tensor of tensors) if (tensor !== mean) tensor.dispose();
    this.stacks.push(stack);
    this.parts.push({ mean, count: tensors.length });
  }
}

/** Whether values are computed when they are asked for: nothing is waited for when they are read. */
function isAtHand(): boolean {
  const name = tf.getBackend();
  return name === "wasm" || name === "cpu";
}

async function meanOf(parts: readonly Part[]): Promise<number> {
  // Asked for all at once: each waits for the device.
  const means = await Promise.all(
    parts.map(async ({ mean }) => (typeof mean === "number" ? mean : (await mean.data())[0]!)),
  );
  if (means.length === 1) return means[0]!;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  return means.reduce((sum, mean, i) => sum + mean * (parts[i]!.count / count), 0);
}

/** The figures of some steps. */
export class Window {
  /** How many steps. */
  steps = 0;
  /** How many examples they had, as far as that is known. */
  examples: number | undefined = 0;
  private readonly series = new Map<string, Series>();

  /** Adds those of a step; the tensors become the window's. */
  add(figures: Entries, examples: number | undefined): void {
    for (const [name, value] of figures.length > 1 ? owned(figures) : figures) {
      let series = this.series.get(name);
      if (!series) this.series.set(name, (series = new Series()));
      series.add(value);
    }
    this.steps++;
    this.examples =
      examples === undefined || this.examples === undefined ? undefined : this.examples + examples;
  }

  /** How many steps gave each figure. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [name, { count }] of this.series) counts.set(name, count);
    return counts;
  }

  /**
   * The means so far, at once where all are at hand. Otherwise the device goes on with other work while they are read;
   * more may be added afterwards.
   */
  read(): Awaitable<Figures> {
    const figures: Record<string, number> = {};
    const reads: Promise<void>[] = [];
    for (const [name, series] of this.series) {
      const mean = series.read();
      if (!isPromise(mean)) setOwn(figures, name, mean);
      else {
        // Its place among the others.
        setOwn(figures, name, NaN);
        reads.push(mean.then((value) => setOwn(figures, name, value)));
      }
    }
    return reads.length === 0 ? figures : Promise.all(reads).then(() => figures);
  }

  /** Of the steps, from 1, the first whose figure of this name is NaN or infinite; undefined where that is not known. */
  async firstBad(name: string): Promise<number | undefined> {
    const series = this.series.get(name);
    return series?.count === this.steps ? series.firstBad() : undefined;
  }

  /** Frees the scalars. */
  dispose(): void {
    for (const series of this.series.values()) series.dispose();
  }
}

/** Figures each with a tensor of its own: one may stand under two names. */
function owned(figures: Entries): Entries {
  const seen = new Set<unknown>();
  return figures.map(([name, value]) => {
    if (typeof value === "number" || !seen.has(value)) {
      seen.add(value);
      return [name, value];
    }
    return [name, value.clone()];
  });
}
