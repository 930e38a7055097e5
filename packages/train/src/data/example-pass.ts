/** @file Passes over examples: read, mapped several at a time in order, put together. */
import * as tf from "@tensorflow/tfjs-core";
import { DataSourceError } from "../errors.ts";
import { after, type Awaitable, isPromise } from "./awaitable.ts";
import { collate } from "./collate.ts";
import { LazyInfo, type MapInfo, type Pass, type PassBatch } from "./pass.ts";
import type { PassRandomness } from "./randomness.ts";
import { type Raw, type Reader, releaseRaw, sourceError } from "./reader.ts";
import { type Cut, isOver } from "./rows.ts";
import { disposeTensors, tensorsIn, tidied } from "./tensors.ts";

/** What becomes of examples. */
export interface ExampleSteps extends Cut {
  readonly map: ((example: unknown, info: MapInfo) => unknown) | undefined;
  /** How many examples are mapped at a time. */
  readonly concurrency: number;
  readonly collate: ((examples: unknown[]) => unknown) | undefined;
  readonly dtype: unknown;
}

/** An example that is ready, or will be. */
interface Entry {
  readonly raw: Raw;
  readonly mapped: Awaitable<unknown>;
}

/** Batches of what a reader gives. */
export class ExamplePass implements Pass {
  private readonly reader: Reader;
  private readonly steps: ExampleSteps;
  private readonly epoch: number;
  private readonly randomness: PassRandomness | undefined;
  /** The number of examples of a pass, where it is known. */
  private readonly size: number | undefined;
  /** The place of the next example that is read, and of the next that is given. */
  private readIndex: number;
  private index: number;
  /** Examples that are being mapped, in order. */
  private readonly entries: Entry[] = [];
  private isDrained = false;

  constructor(
    reader: Reader,
    steps: ExampleSteps,
    at: { epoch: number; index: number; size: number | undefined; randomness: PassRandomness | undefined },
  ) {
    this.reader = reader;
    this.steps = steps;
    this.epoch = at.epoch;
    this.index = this.readIndex = at.index;
    this.size = at.size;
    this.randomness = at.randomness;
  }

  next(): Awaitable<PassBatch | undefined> {
    // At once where nothing has to be waited for: from memory, and without a map.
    return this.collect([], []);
  }

  async close(): Promise<void> {
    const { entries } = this;
    for (const { raw, mapped } of entries.splice(0)) {
      const value = await Promise.resolve(mapped).catch(() => undefined);
      free([raw], [value]);
    }
    await this.reader.close();
  }

  private collect(raws: Raw[], values: unknown[]): Awaitable<PassBatch | undefined> {
    const { batchSize } = this.steps;
    while (values.length < batchSize) {
      const pulled = this.pull();
      if (isPromise(pulled)) return this.collectAsync(raws, values, pulled);
      if (!pulled) break;
      if (isPromise(pulled.mapped)) return this.collectAsync(raws, values, Promise.resolve(pulled));
      raws.push(pulled.raw);
      values.push(pulled.mapped);
    }
    return this.batch(raws, values);
  }

  private async collectAsync(
    raws: Raw[],
    values: unknown[],
    first: Promise<Entry | undefined>,
  ): Promise<PassBatch | undefined> {
    try {
      let pulled = await first;
      while (pulled) {
        const { raw } = pulled;
        try {
          values.push(await pulled.mapped);
        } catch (error) {
          releaseRaw(raw);
          throw error;
        }
        raws.push(raw);
        if (values.length >= this.steps.batchSize) break;
        pulled = await this.pull();
      }
    } catch (error) {
      free(raws, values);
      throw error;
    }
    return this.batch(raws, values);
  }

  /** The next example; as many as are mapped at a time are begun. */
  private pull(): Awaitable<Entry | undefined> {
    const { entries } = this;
    const ahead = this.steps.map ? this.steps.concurrency : 1;
    while (!this.isDrained && entries.length < ahead) {
      let raw: Awaitable<Raw | undefined>;
      try {
        raw = this.reader.read();
      } catch (error) {
        this.fail(error);
        break;
      }
      if (isPromise(raw)) {
        return raw.then(
          (raw) => {
            this.begin(raw);
            return this.pull();
          },
          (error: unknown) => {
            this.fail(error);
            return this.pull();
          },
        );
      }
      this.begin(raw);
      // What is there need not be begun ahead.
      if (raw && !isPromise(entries.at(-1)!.mapped)) break;
    }
    return entries.shift();
  }

  private begin(raw: Raw | undefined): void {
    if (raw) this.entries.push({ raw, mapped: this.map(raw) });
    else this.isDrained = true;
  }

  /** Lets a failure to read come in its turn, after the examples before it. */
  private fail(error: unknown): void {
    this.isDrained = true;
    this.entries.push({ raw: { value: undefined, name: "", isSources: true }, mapped: rejected(error) });
  }

  private map(raw: Raw): Awaitable<unknown> {
    const index = this.readIndex++;
    const { map } = this.steps;
    if (!map) return raw.value;
    const info = new LazyInfo(this.epoch, index, "example", this.randomness);
    const failed = (cause: unknown): Promise<never> => {
      info.dispose();
      return rejected(cause instanceof DataSourceError ? cause : sourceError(raw.name, "`map` threw", cause));
    };
    let mapped: Awaitable<unknown>;
    try {
      mapped = tidied(() => map(raw.value, info));
    } catch (cause) {
      return failed(cause);
    }
    if (!isPromise(mapped)) {
      info.dispose();
      return mapped;
    }
    const settled = Promise.resolve(mapped).then((value) => {
      info.dispose();
      return value;
    }, failed);
    settled.catch(() => {});
    return settled;
  }

  private batch(raws: Raw[], values: unknown[]): Awaitable<PassBatch | undefined> {
    const { batchSize, dropLast } = this.steps;
    const { index } = this;
    const examples = values.length;
    if (examples === 0 || (dropLast && examples < batchSize)) {
      free(raws, values);
      return undefined;
    }
    this.index += examples;
    // Filled up with examples of its own: numbers that a model knows, not zeros.
    const filled = Array.from({ length: batchSize }, (_, place) => values[place % examples]);
    const nameOf = (place: number) => raws[place % examples]!.name;
    let made: Awaitable<unknown>;
    try {
      const own = this.steps.collate;
      made = own ? tidied(() => own(filled)) : tf.tidy(() => collate(filled, this.steps.dtype, nameOf) as tf.TensorContainer); // prettier-ignore
    } catch (cause) {
      free(raws, values);
      throw this.failure(raws, cause);
    }
    const give = (value: unknown): PassBatch => {
      free(raws, values, tensorsIn(value));
      const isLast = this.size !== undefined && isOver(this.size - this.index, this.steps);
      return { value, index, examples, isLast };
    };
    if (!isPromise(made)) return give(made);
    return Promise.resolve(made).then(give, (cause: unknown) => {
      free(raws, values);
      throw this.failure(raws, cause);
    });
  }

  private failure(raws: readonly Raw[], cause: unknown): unknown {
    if (cause instanceof DataSourceError) return cause;
    return sourceError(`the batch that begins with ${raws[0]!.name}`, "`collate` threw", cause);
  }
}

/** A failure that is told in its turn: no one waits for it yet. */
function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

/** Frees the tensors of examples and of what they were mapped to, but for those of the source and `survivors`. */
function free(raws: readonly Raw[], values: readonly unknown[], survivors: readonly tf.Tensor[] = []): void {
  const kept = [...survivors];
  for (const { value, isSources } of raws) if (isSources) tensorsIn(value, kept);
  disposeTensors(values, kept);
  for (const { value, isSources } of raws) if (!isSources) disposeTensors(value, survivors);
}

/** Skips examples of a pass that goes on. */
export function skipped(reader: Reader, count: number): Awaitable<Reader> {
  for (let i = 0; i < count; i++) {
    const raw = reader.read();
    if (isPromise(raw)) return skipRest(reader, raw, count - i - 1);
    if (!raw) break;
    releaseRaw(raw);
  }
  return after(reader, (reader) => reader);
}

async function skipRest(reader: Reader, first: Promise<Raw | undefined>, rest: number): Promise<Reader> {
  let raw = await first;
  for (let i = 0; raw && i < rest; i++) {
    releaseRaw(raw);
    raw = await reader.read();
  }
  if (raw) releaseRaw(raw);
  return reader;
}
