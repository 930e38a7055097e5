/** @file Where a run gets its batches: a loader, or anything else that can be iterated. */
import { type Awaitable, isPromise } from "../data/awaitable.ts";
import { type Cursor, Loader } from "../data/loader.ts";
import type { Item } from "../data/sequence.ts";
import { disposeTensors, tensorsIn } from "../data/tensors.ts";

/** A batch for a step, or the end of a pass. */
export type Fed =
  | { readonly isEnd: true; readonly epoch: number }
  | {
      readonly isEnd: false;
      readonly batch: unknown;
      /** Examples without padding, where that is known. */
      readonly examples: number | undefined;
      readonly epoch: number;
      readonly isLast: boolean;
    };

/** Gives batches. */
export interface Feed {
  /** Steps that were made before; undefined where the data do not know. */
  readonly start: number | undefined;
  readonly epoch: number;
  next(): Awaitable<Fed | undefined>;
  /** The step has been made, or the end of the pass was seen to. */
  commit(fed: Fed): void;
  /** Frees a batch, but for tensors in `survivors`. */
  release(fed: Fed, survivors?: unknown): void;
  close(): Promise<void>;
}

/** Opens what `data` is. */
export async function openFeed(data: unknown): Promise<Feed> {
  if (data instanceof Loader) {
    const cursor = await data.open();
    return new LoaderFeed(cursor, data.position.place!);
  }
  return new IterableFeed(data as Iterable<unknown> | AsyncIterable<unknown>);
}

class LoaderFeed implements Feed {
  readonly start: number;
  readonly epoch: number;
  private readonly cursor: Cursor;

  constructor(cursor: Cursor, { step, epoch }: { step: number; epoch: number }) {
    this.cursor = cursor;
    this.start = step;
    this.epoch = epoch;
  }

  next(): Awaitable<Fed | undefined> {
    return this.cursor.next();
  }

  commit(fed: Fed): void {
    this.cursor.commit(fed as Item);
  }

  release(fed: Fed, survivors?: unknown): void {
    if (!fed.isEnd) disposeTensors(fed.batch, tensorsIn(survivors));
  }

  close(): Promise<void> {
    return this.cursor.close();
  }
}

/** Batches of anything else, which frees them itself: all are of one pass. */
class IterableFeed implements Feed {
  readonly start = undefined;
  readonly epoch = 0;
  private readonly iterator: Iterator<unknown> | AsyncIterator<unknown>;
  private isDone = false;

  constructor(data: Iterable<unknown> | AsyncIterable<unknown>) {
    this.iterator = Symbol.asyncIterator in data ? data[Symbol.asyncIterator]() : data[Symbol.iterator]();
  }

  next(): Awaitable<Fed | undefined> {
    if (this.isDone) return undefined;
    try {
      const result = this.iterator.next();
      if (!isPromise(result)) return this.take(result);
      return result.then(
        (result) => this.take(result),
        (error: unknown) => this.fail(error),
      );
    } catch (error) {
      return this.fail(error);
    }
  }

  commit(): void {}

  release(): void {}

  async close(): Promise<void> {
    if (!this.isDone) await this.iterator.return?.();
  }

  private take({ done, value }: IteratorResult<unknown>): Fed {
    if (!done) return { isEnd: false, batch: value, examples: undefined, epoch: 0, isLast: false };
    this.isDone = true;
    return { isEnd: true, epoch: 0 };
  }

  private fail(error: unknown): never {
    this.isDone = true;
    throw error;
  }
}
