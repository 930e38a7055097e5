/** @file `loader`: batches of examples, mixed, mapped, put together, from any place on. */
import { InvalidArgumentError, Pytree, type RngKey } from "@nnx-js/nn";
import { after, type Awaitable } from "./awaitable.ts";
import { keyFrom, makerOf } from "./maker.ts";
import { type AnyLoaderOptions, checkLoaderOptions, type LoaderOptions, type WithMask } from "./options.ts";
import { type Place, Position } from "./position.ts";
import { type Item, type Recipe, Sequence } from "./sequence.ts";
import { disposeTensors } from "./tensors.ts";
import type { BatchOf, ExampleOf, Examples, Source } from "./types.ts";

/** The number of batches of a pass: known of what lies in memory, not of what is iterated. */
type StepsOf<S> = S extends readonly unknown[] | ArrayBufferView
  ? number
  : S extends Examples | ((epoch: number) => unknown)
    ? undefined
    : number;

/**
 * Batches of a source, and where it is in them: that is state, saved and loaded with a model. Made by `loader`.
 */
export class Loader<Batch, Steps extends number | undefined = number | undefined>
  extends Pytree
  implements AsyncIterable<Batch>
{
  static override readonly name: string = "Loader";
  /** Where it is: passes, examples of the present one, and batches in all. */
  readonly position: Position;
  /** What the order of each pass and the random numbers of maps follow from: int32 `[2]`. */
  readonly key: RngKey | undefined;
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Passes in all; undefined where each `for await` is one. */
  readonly epochs: number | undefined;
  /** Batches in a pass; undefined where only iterating tells. */
  readonly stepsPerEpoch: Steps;
  declare private readonly recipe: Recipe;
  declare private readonly current: { cursor: Cursor | undefined };

  /** @internal */
  constructor(source: Source, options: AnyLoaderOptions) {
    super();
    checkLoaderOptions(options);
    const { batchSize, dropLast = false, epochs, shuffle, rngs = shuffle, mapBatch } = options;
    const maker = makerOf(source, options);
    this.batchSize = batchSize;
    this.epochs = epochs;
    this.stepsPerEpoch = stepsOf(maker.size, { batchSize, dropLast }) as Steps;
    const streams = shuffle ?? rngs;
    this.position = new Position();
    this.key = streams && keyFrom(streams);
    const { key } = this;
    const isWaiting = maker.size === undefined || [options.map, options.collate, mapBatch].some(Boolean);
    const recipe: Recipe = {
      maker,
      batchSize,
      hasMask: !dropLast,
      mapBatch,
      prefetch: options.prefetch ?? (isWaiting ? 2 : 0),
      epochs,
      key: () => key?.value,
    };
    // Not enumerable: the source is no part of the state.
    Object.defineProperty(this, "recipe", { value: recipe });
    Object.defineProperty(this, "current", { value: { cursor: undefined } });
  }

  /** Batches of all passes; undefined where only iterating tells, or there is no end. */
  get steps(): Steps {
    const { stepsPerEpoch, epochs = 1 } = this;
    return (stepsPerEpoch === undefined ? undefined : stepsPerEpoch * epochs) as Steps;
  }

  /**
   * The batches from where it is on, to the end of the last pass, or of the present one. The tensors of a batch are
   * freed when the next one is asked for, or the loop is left: what is to stay is cloned, `batch.x.clone()`.
   *
   * @throws DataSourceError for what the source or a map throws; the loader is then where it was after the last batch
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const cursor = await this.open();
    try {
      for (;;) {
        const next = cursor.next();
        const item = next instanceof Promise ? await next : next;
        if (!item) return;
        cursor.commit(item);
        if (item.isEnd) continue;
        try {
          yield item.batch as Batch;
        } finally {
          disposeTensors(item.batch);
        }
      }
    } finally {
      await cursor.close();
    }
  }

  /** Goes back to the begin of the present pass, or of a given one: `rewind(0)`. */
  async rewind(epoch?: number): Promise<void> {
    this.assertIdle("rewind");
    if (epoch !== undefined && !(Number.isSafeInteger(epoch) && epoch >= 0)) {
      throw new InvalidArgumentError(`rewind: expected the number of a pass, got ${String(epoch)}. Write rewind(0).`); // prettier-ignore
    }
    const place = await this.position.load();
    this.position.move({ epoch: epoch ?? place.epoch, index: 0, step: place.step });
  }

  /** @internal What `train` reads from: the place moves when it says so. */
  async open(): Promise<Cursor> {
    if (!(this.current as object | undefined) || !(this.recipe as object | undefined)) {
      throw new InvalidArgumentError("loader: expected the loader itself, got a copy of it. Iterate over the one that loader() made."); // prettier-ignore
    }
    this.assertIdle("for await");
    const cursor = new Cursor(this.recipe, this.position, () => (this.current.cursor = undefined));
    this.current.cursor = cursor;
    try {
      await cursor.begin();
    } catch (error) {
      this.current.cursor = undefined;
      throw error;
    }
    return cursor;
  }

  private assertIdle(caller: string): void {
    if (!this.current.cursor) return;
    throw new InvalidArgumentError(
      `${caller}: expected a loader that nobody iterates over, got one in the middle of a loop. It has one position: make ` +
        `a second loader of the same source.`,
    );
  }
}

/** Items from a loader's position on. */
export class Cursor {
  private readonly recipe: Recipe;
  private readonly position: Position;
  private readonly onClose: () => void;
  private sequence: Sequence | undefined;
  /** The place that this has left the position at. */
  private place: Place | undefined;

  constructor(recipe: Recipe, position: Position, onClose: () => void) {
    this.recipe = recipe;
    this.position = position;
    this.onClose = onClose;
  }

  /** Finds the place. */
  async begin(): Promise<Place> {
    this.place = this.position.place ?? (await this.position.load());
    this.sequence = new Sequence(this.recipe, this.place);
    return this.place;
  }

  /** The next item; undefined at the end. */
  next(): Awaitable<Item | undefined> {
    this.assertOwn();
    return after(this.sequence!.next(), (item) => item);
  }

  /** Moves the position past an item. */
  commit(item: Item): void {
    this.assertOwn();
    this.place = item.after;
    this.position.move(item.after);
  }

  /** Frees what was made ahead. */
  async close(): Promise<void> {
    this.onClose();
    await this.sequence?.close();
  }

  private assertOwn(): void {
    const { place } = this.position;
    if (place && this.place && place.step === this.place.step && place.index === this.place.index && place.epoch === this.place.epoch) return; // prettier-ignore
    throw new InvalidArgumentError(
      "loader: expected its position to stay while it is iterated over, found another. Leave the loop before you load one.",
    );
  }
}

/**
 * Batches of a source of examples, for `train` or a loop of one's own:
 *
 * ```ts
 * const data = loader({ images, labels }, { batchSize: 100, shuffle: rngs, epochs: 15 });
 * for await (const { images, labels, mask } of data) trainStep(model, optimizer, images, labels, mask);
 *
 * const photos = loader(files, { batchSize: 32, dropLast: true, map: async (file) => decode(await readFile(file)) });
 * const lines = loader(() => readLines("corpus.txt"), { batchSize: 8, shuffle: rngs, map: tokenize });
 * ```
 *
 * The source is an array of examples, a typed array, a tensor or an object of tensors (each row is an example), an
 * iterable, an async iterable or a stream, or a function that gives one for each pass. Examples are numbers, arrays,
 * typed arrays, tensors, and objects and tuples of those. Tensors of arrays and objects stay the caller's; what an
 * iterable or a map gives becomes the loader's.
 *
 * It is a node whose position is state: `saveModel({ model, optimizer, data }, file)`, and after `loadModel` it goes on
 * with the very next batch.
 *
 * @throws InvalidArgumentError for wrong options, and tensors of different leading sizes
 */
export function loader<
  S extends Source,
  Mapped = ExampleOf<S>,
  Collated = BatchOf<Mapped>,
  Drop extends boolean = false,
  Batch = WithMask<Collated, Drop>,
>(source: S, options: LoaderOptions<ExampleOf<S>, Mapped, Collated, Batch, Drop>): Loader<Batch, StepsOf<S>> {
  // The functions among the options get what the types say.
  return new Loader(source, options as unknown as AnyLoaderOptions);
}

function stepsOf(
  size: number | undefined,
  { batchSize, dropLast }: { batchSize: number; dropLast: boolean },
): number | undefined {
  if (size === undefined) return undefined;
  const steps = dropLast ? Math.floor(size / batchSize) : Math.ceil(size / batchSize);
  if (steps > 0) return steps;
  throw new InvalidArgumentError(
    size === 0
      ? "loader: expected examples, got none."
      : `loader: expected ${batchSize} examples for a batch, got ${size} in all. Make batches smaller, or fill the last one ` +
          `up: { dropLast: false }.`,
  );
}
