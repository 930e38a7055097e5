/** @file Examples of a source one after the other: by index, or as they come. */
import { DataSourceError } from "../errors.ts";
import { type Awaitable, isPromise } from "./awaitable.ts";
import type { PassRandomness } from "./randomness.ts";
import { disposeTensors } from "./tensors.ts";
import type { Examples } from "./types.ts";

/** An example as the source has it. */
export interface Raw {
  readonly value: unknown;
  /** What errors call it. */
  readonly name: string;
  /** Whether its tensors stay the source's. */
  readonly isSources: boolean;
}

/** Gives examples one after the other. */
export interface Reader {
  /** The next example; undefined at the end. @throws DataSourceError for what the source throws */
  read(): Awaitable<Raw | undefined>;
  /** Ends the reading. */
  close(): Awaitable<void>;
}

/** Reads by index, in the order given. */
export class IndexReader implements Reader {
  private readonly at: (index: number) => unknown;
  private readonly size: number;
  private readonly order: ArrayLike<number> | undefined;
  private readonly epoch: number;
  private readonly isSources: boolean;
  private index: number;

  constructor(
    source: { readonly size: number; at(index: number): unknown; readonly isSources: boolean },
    begin: { epoch: number; index: number; order: ArrayLike<number> | undefined },
  ) {
    this.at = (index) => source.at(index);
    this.size = source.size;
    this.isSources = source.isSources;
    this.order = begin.order;
    this.epoch = begin.epoch;
    this.index = begin.index;
  }

  read(): Raw | undefined {
    const { index, order, epoch } = this;
    if (index >= this.size) return undefined;
    const place = order ? order[index]! : index;
    this.index++;
    const name = `example ${index} of epoch ${epoch}${order ? ` (number ${place} of the source)` : ""}`;
    try {
      return { value: this.at(place), name, isSources: this.isSources };
    } catch (cause) {
      throw sourceError(name, "the source threw", cause);
    }
  }

  close(): void {}
}

/** Reads what is iterated. */
export class StreamReader implements Reader {
  private readonly iterator: Iterator<unknown> | AsyncIterator<unknown>;
  private readonly epoch: number;
  private index = 0;
  private isDone = false;

  constructor(examples: Examples, epoch: number) {
    this.iterator = iteratorOf(examples);
    this.epoch = epoch;
  }

  read(): Awaitable<Raw | undefined> {
    if (this.isDone) return undefined;
    const name = `example ${this.index} of epoch ${this.epoch}`;
    try {
      const result = this.iterator.next();
      return isPromise(result) ? this.readAsync(result, name) : this.take(result, name);
    } catch (cause) {
      throw this.failure(name, cause);
    }
  }

  async close(): Promise<void> {
    if (this.isDone) return;
    this.isDone = true;
    await this.iterator.return?.();
  }

  private async readAsync(result: Promise<IteratorResult<unknown>>, name: string): Promise<Raw | undefined> {
    try {
      return this.take(await result, name);
    } catch (cause) {
      throw this.failure(name, cause);
    }
  }

  private take(result: IteratorResult<unknown>, name: string): Awaitable<Raw | undefined> {
    if (result.done) {
      this.isDone = true;
      return undefined;
    }
    this.index++;
    const { value } = result;
    const raw = (value: unknown): Raw => ({ value, name, isSources: false });
    return isPromise(value)
      ? Promise.resolve(value).then(raw, (cause: unknown) => {
          throw this.failure(name, cause);
        })
      : raw(value);
  }

  private failure(name: string, cause: unknown): DataSourceError {
    this.isDone = true;
    return cause instanceof DataSourceError ? cause : sourceError(name, "the source threw", cause);
  }
}

/** Mixes examples of another reader: of a buffer that is kept full one is taken by chance. */
export class ShuffledReader implements Reader {
  private readonly inner: Reader;
  private readonly size: number;
  private readonly randomness: PassRandomness;
  private readonly buffer: Raw[] = [];
  private isDrained = false;

  constructor(inner: Reader, size: number, randomness: PassRandomness) {
    this.inner = inner;
    this.size = size;
    this.randomness = randomness;
  }

  async read(): Promise<Raw | undefined> {
    const { buffer } = this;
    while (!this.isDrained && buffer.length < this.size) {
      const raw = await this.inner.read();
      if (raw) buffer.push(raw);
      else this.isDrained = true;
    }
    if (buffer.length === 0) return undefined;
    const place = await this.randomness.below(buffer.length);
    const taken = buffer[place]!;
    const last = buffer.pop()!;
    if (place < buffer.length) buffer[place] = last;
    return taken;
  }

  async close(): Promise<void> {
    for (const raw of this.buffer.splice(0)) releaseRaw(raw);
    await this.inner.close();
  }
}

/** Frees the tensors of an example that nobody uses. */
export function releaseRaw({ value, isSources }: Raw): void {
  if (!isSources) disposeTensors(value);
}

/** The error for what a source or a function of the user threw. */
export function sourceError(name: string, what: string, cause: unknown): DataSourceError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new DataSourceError(
    `loader: ${name}: ${what}: ${said}${/[.!?]$/.test(said) ? "" : "."} The position is that of the last batch that was ` +
      `given: repair the source, and go on by iterating again.`,
    { cause },
  );
}

function iteratorOf(examples: Examples): Iterator<unknown> | AsyncIterator<unknown> {
  if (Symbol.asyncIterator in examples) return examples[Symbol.asyncIterator]();
  if (Symbol.iterator in examples) return examples[Symbol.iterator]();
  // Browsers whose streams cannot be iterated yet.
  const reader = (examples as ReadableStream<unknown>).getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
