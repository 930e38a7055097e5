/** @file What passes over a source are made by, for each kind of source. */
import { InvalidArgumentError, type Rngs, RngKey } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { found } from "../check.ts";
import { after, type Awaitable } from "./awaitable.ts";
import { ExamplePass, type ExampleSteps, skipped } from "./example-pass.ts";
import type { AnyLoaderOptions } from "./options.ts";
import type { Pass, PassMaker } from "./pass.ts";
import type { PassRandomness } from "./randomness.ts";
import { IndexReader, type Reader, ShuffledReader, StreamReader } from "./reader.ts";
import { leadingSize, rowAt, RowMaker } from "./rows.ts";
import { isPlainObject } from "./tensors.ts";
import type { Examples, Source } from "./types.ts";

/** @throws InvalidArgumentError for what is no source */
export function makerOf(source: Source, options: AnyLoaderOptions): PassMaker {
  const { batchSize, dropLast = false, map, concurrency = 8, collate, dtype } = options;
  const isShuffled = options.shuffle !== undefined;
  const cut = { batchSize, dropLast };
  const steps: ExampleSteps = { ...cut, map, concurrency, collate, dtype };
  if (source instanceof tf.Tensor || (isPlainObject(source) && !isExamples(source))) {
    if (isPlainObject(source) && Object.keys(source).length === 0) throw noSource(source);
    if (!map && !collate && dtype === undefined) return new RowMaker(source, cut, isShuffled);
    const rows = { size: leadingSize(source), at: (index: number) => rowAt(source, index), isSources: false };
    return new IndexMaker(rows, steps, isShuffled);
  }
  if (Array.isArray(source) || isNumberArray(source)) {
    const list: ArrayLike<unknown> = source;
    const items = { size: list.length, at: (index: number) => list[index], isSources: true };
    const isInteger = !(source instanceof Float32Array || source instanceof Float64Array);
    const own = !Array.isArray(source) && !map && dtype === undefined && isInteger ? "int32" : dtype;
    return new IndexMaker(items, { ...steps, dtype: own }, isShuffled);
  }
  if (typeof source !== "function" && !isExamples(source)) throw noSource(source);
  const buffer = isShuffled ? (options.shuffleBuffer ?? 1024) : undefined;
  return new StreamMaker(typeof source === "function" ? source : () => source, steps, buffer);
}

function noSource(source: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `loader: expected a source of examples, got ${isPlainObject(source) ? "an object without tensors" : found(source)}. It is ` +
      `an array, a typed array, an object of tensors, an iterable, or a function that gives one for each pass: ` +
      `loader({ x, y }, { batchSize: 32 }).`,
  );
}

function isNumberArray(value: unknown): value is Float32Array {
  const isBig = value instanceof BigInt64Array || value instanceof BigUint64Array;
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !isBig;
}

function isExamples(value: unknown): value is Examples {
  if (typeof value !== "object" || value === null) return false;
  if (Symbol.asyncIterator in value || Symbol.iterator in value) return true;
  return "getReader" in value && typeof value.getReader === "function";
}

/** Passes over what is found by index. */
class IndexMaker implements PassMaker {
  readonly size: number;
  private readonly source: ConstructorParameters<typeof IndexReader>[0];
  private readonly steps: ExampleSteps;
  private readonly isShuffled: boolean;

  constructor(
    source: ConstructorParameters<typeof IndexReader>[0],
    steps: ExampleSteps,
    isShuffled: boolean,
  ) {
    this.source = source;
    this.size = source.size;
    this.steps = steps;
    this.isShuffled = isShuffled;
  }

  begin(epoch: number, index: number, randomness: PassRandomness | undefined): Awaitable<Pass> {
    const { size, source, steps } = this;
    const order = this.isShuffled ? orderOf(randomness!, size) : undefined;
    return after(order, (order) => {
      const reader = new IndexReader(source, { epoch, index, order });
      return new ExamplePass(reader, steps, { epoch, index, size, randomness });
    });
  }
}

async function orderOf(randomness: PassRandomness, size: number): Promise<ArrayLike<number>> {
  using order = tf.keep(randomness.order(size));
  return order.data();
}

/** Passes over what is iterated; each begins from the first example. */
class StreamMaker implements PassMaker {
  readonly size = undefined;
  private readonly examples: (epoch: number) => Awaitable<Examples>;
  private readonly steps: ExampleSteps;
  /** How many are mixed at a time. */
  private readonly buffer: number | undefined;

  constructor(
    examples: (epoch: number) => Awaitable<Examples>,
    steps: ExampleSteps,
    buffer: number | undefined,
  ) {
    this.examples = examples;
    this.steps = steps;
    this.buffer = buffer;
  }

  begin(epoch: number, index: number, randomness: PassRandomness | undefined): Awaitable<Pass> {
    return after(this.examples(epoch), (examples) => {
      if (!isExamples(examples)) {
        throw new InvalidArgumentError(
          `loader: epoch ${epoch}: expected the function to give an iterable of examples, got ${found(examples)}.`,
        );
      }
      const inner = new StreamReader(examples, epoch);
      const reader: Reader = this.buffer ? new ShuffledReader(inner, this.buffer, randomness!) : inner;
      return after(skipped(reader, index), (reader) => {
        return new ExamplePass(reader, this.steps, { epoch, index, size: undefined, randomness });
      });
    });
  }
}

/** The key of a loader, drawn from streams. */
export function keyFrom(streams: Rngs): RngKey {
  return new RngKey(streams.key("shuffle"), { tag: "shuffle" });
}
