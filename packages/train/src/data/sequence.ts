/** @file Batches of one pass after the other, with masks and mapped, some of them ahead of time. */
import * as tf from "@tensorflow/tfjs-core";
import { DataSourceError } from "../errors.ts";
import { after, atMost, type Awaitable, isPromise } from "./awaitable.ts";
import { LazyInfo, type MapInfo, type Pass, type PassBatch, type PassMaker } from "./pass.ts";
import type { Place } from "./position.ts";
import { PassRandomness } from "./randomness.ts";
import { sourceError } from "./reader.ts";
import { disposeTensors, isPlainObject, tensorsIn, tidied } from "./tensors.ts";

/** How many milliseconds a source has to answer after the loop was left. */
const PATIENCE = 2000;

/** What a loader makes its batches by. */
export interface Recipe {
  readonly maker: PassMaker;
  readonly batchSize: number;
  readonly hasMask: boolean;
  readonly mapBatch: ((batch: unknown, info: MapInfo) => unknown) | undefined;
  readonly prefetch: number;
  /** The number of passes in all; undefined for one at a time. */
  readonly epochs: number | undefined;
  /** The key of the random numbers. */
  readonly key: () => tf.Tensor | undefined;
}

/** A batch, or the end of a pass. */
export type Item = BatchItem | { readonly isEnd: true; readonly epoch: number; readonly after: Place };

/** A batch, and where the loader is after it. */
interface BatchItem {
  readonly isEnd: false;
  readonly batch: unknown;
  readonly examples: number;
  readonly epoch: number;
  /** Whether the pass is over with it; otherwise an end comes, sooner or later. */
  readonly isLast: boolean;
  readonly after: Place;
}

/** What is ahead of a place, in order. */
export class Sequence {
  private readonly recipe: Recipe;
  private readonly until: number;
  /** Where the next batch begins. */
  private place: Place;
  private pass: Pass | undefined;
  private randomness: PassRandomness | undefined;
  private isEmpty = true;
  private mask: tf.Tensor | undefined;
  /** What is made ahead of time. */
  private readonly ahead: Promise<Item | undefined>[] = [];
  private isClosed = false;

  constructor(recipe: Recipe, place: Place) {
    this.recipe = recipe;
    this.place = place;
    this.until = recipe.epochs ?? place.epoch + 1;
  }

  /** The next item; undefined at the end of all passes. */
  next(): Awaitable<Item | undefined> {
    const { prefetch } = this.recipe;
    if (prefetch === 0) return this.make();
    const { ahead } = this;
    const first = ahead.shift() ?? Promise.resolve(this.make());
    let last = ahead.at(-1) ?? first;
    while (ahead.length < prefetch) {
      last = last.then((item) => (item && !this.isClosed ? this.make() : undefined));
      // A failure is told when its turn has come.
      last.catch(() => {});
      ahead.push(last);
    }
    return first;
  }

  /**
   * Ends it, and frees what was made ahead. A source that does not answer is not waited for forever; what is left to do is
   * done when it does.
   */
  async close(): Promise<void> {
    this.isClosed = true;
    await atMost(this.end(), PATIENCE);
  }

  private async end(): Promise<void> {
    for (const promise of this.ahead.splice(0)) {
      const item = await promise.catch(() => undefined);
      if (item && !item.isEnd) disposeTensors(item.batch);
    }
    try {
      await this.endPass();
    } finally {
      this.mask?.dispose();
    }
  }

  private make(): Awaitable<Item | undefined> {
    if (this.place.epoch >= this.until) return undefined;
    const { pass } = this;
    if (pass) return after(pass.next(), (made) => this.finish(made));
    return after(this.beginPass(), (pass) => after(pass.next(), (made) => this.finish(made)));
  }

  private beginPass(): Awaitable<Pass> {
    const { epoch, index } = this.place;
    const key = this.recipe.key();
    this.randomness = key && new PassRandomness(key, epoch);
    this.isEmpty = index === 0;
    return after(this.recipe.maker.begin(epoch, index, this.randomness), (pass) => (this.pass = pass));
  }

  private endPass(): Awaitable<void> {
    const { pass, randomness } = this;
    this.pass = this.randomness = undefined;
    return after(pass?.close(), () => randomness?.dispose());
  }

  private finish(made: PassBatch | undefined): Awaitable<Item | undefined> {
    const { epoch } = this.place;
    if (!made) {
      if (this.isEmpty) throw emptyPass(epoch);
      this.place = { epoch: epoch + 1, index: 0, step: this.place.step };
      const item: Item = { isEnd: true, epoch, after: this.place };
      return after(this.endPass(), () => item);
    }
    this.isEmpty = false;
    const { index, examples, isLast } = made;
    const batch = this.mapped(this.withMask(made.value, examples), index);
    const end = index + examples;
    this.place = isLast ? { epoch: epoch + 1, index: 0, step: this.place.step + 1 } : { epoch, index: end, step: this.place.step + 1 }; // prettier-ignore
    const place = this.place;
    const give = (batch: unknown): Item => ({ isEnd: false, batch, examples, epoch, isLast, after: place });
    if (!isLast) return after(batch, give);
    return after(batch, (batch) => after(this.endPass(), () => give(batch)));
  }

  private withMask(batch: unknown, examples: number): unknown {
    const { batchSize, hasMask } = this.recipe;
    if (!hasMask) return batch;
    if (!isPlainObject(batch)) return { batch, mask: this.maskOf(examples) };
    if ("mask" in batch) {
      disposeTensors(batch);
      throw new DataSourceError(
        `loader: expected a place for the mask of the last batch, found a part of examples named mask. Rename it by ` +
          `\`map\`, or leave the last batch out: { dropLast: true }.`,
      );
    }
    return { ...batch, mask: this.maskOf(Math.min(examples, batchSize)) };
  }

  private maskOf(examples: number): tf.Tensor {
    const { batchSize } = this.recipe;
    if (examples === batchSize) {
      this.mask ??= tf.keep(tf.tensor1d(new Uint8Array(batchSize).fill(1), "bool"));
      return this.mask.clone();
    }
    return tf.tensor1d(new Uint8Array(batchSize).fill(1, 0, examples), "bool");
  }

  private mapped(batch: unknown, index: number): Awaitable<unknown> {
    const { mapBatch } = this.recipe;
    if (!mapBatch) return batch;
    const { epoch } = this.place;
    const info = new LazyInfo(epoch, index, "batch", this.randomness);
    const done = (value: unknown): unknown => {
      info.dispose();
      disposeTensors(batch, tensorsIn(value));
      return value;
    };
    const failed = (cause: unknown): never => {
      info.dispose();
      disposeTensors(batch);
      if (cause instanceof DataSourceError) throw cause;
      throw sourceError(`the batch from example ${index} of epoch ${epoch} on`, "`mapBatch` threw", cause);
    };
    let made: Awaitable<unknown>;
    try {
      made = tidied(() => mapBatch(batch, info));
    } catch (cause) {
      return failed(cause);
    }
    return isPromise(made) ? Promise.resolve(made).then(done, failed) : done(made);
  }
}

function emptyPass(epoch: number): DataSourceError {
  const used =
    epoch > 0
      ? " An iterator can be gone through once: give a function that begins each pass, loader(() => examples(), …)."
      : "";
  return new DataSourceError(`loader: epoch ${epoch}: expected a batch of examples, found none.${used}`);
}
