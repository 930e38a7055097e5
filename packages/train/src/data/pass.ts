/** @file One pass over a source, from any place on, as batches. */
import type { Rngs } from "@nnx-js/nn";
import { InvalidArgumentError } from "@nnx-js/nn";
import type { Awaitable } from "./awaitable.ts";
import type { PassRandomness } from "./randomness.ts";

/** A batch as a pass gives it. Its tensors belong to whoever asked for it. */
export interface PassBatch {
  readonly value: unknown;
  /** The place of its first example in the pass. */
  readonly index: number;
  /** How many examples it has; what fills it up does not count. */
  readonly examples: number;
  /** Whether the pass is over with it; false too where that shows only when more is asked for. */
  readonly isLast: boolean;
}

/** The batches of one pass, one after the other: each is asked for when the one before has come. */
export interface Pass {
  /** The next batch; undefined at the end. */
  next(): Awaitable<PassBatch | undefined>;
  /** Ends the pass, wherever it is; what has begun is freed. */
  close(): Awaitable<void>;
}

/** How passes over a source are made. */
export interface PassMaker {
  /** How many examples a pass has; undefined if that is seen at its end. */
  readonly size: number | undefined;
  /** Begins a pass at an example. @param randomness for the pass, which ends before it does */
  begin(epoch: number, index: number, randomness: PassRandomness | undefined): Awaitable<Pass>;
}

/** Where an example or a batch stands, and random numbers for it. */
export interface MapInfo {
  /** The pass, from 0. */
  readonly epoch: number;
  /** The place in the pass, from 0; of a batch that of its first example. */
  readonly index: number;
  /**
   * Random streams of this example or batch alone, for augmentation: the same in every run, wherever it was resumed. Of
   * loaders with `shuffle` or `rngs`; freed when the function is done.
   */
  readonly rngs: Rngs;
}

/** The info that `map` gets; streams are made when they are asked for. */
export class LazyInfo implements MapInfo {
  readonly epoch: number;
  readonly index: number;
  private readonly of: "example" | "batch";
  private readonly randomness: PassRandomness | undefined;
  private streams: Rngs | undefined;

  constructor(epoch: number, index: number, of: "example" | "batch", randomness: PassRandomness | undefined) {
    this.epoch = epoch;
    this.index = index;
    this.of = of;
    this.randomness = randomness;
  }

  get rngs(): Rngs {
    if (!this.randomness) {
      throw new InvalidArgumentError(
        `loader: expected streams for the random numbers of its maps, got neither shuffle nor rngs. Write ` +
          `loader(source, { rngs: new Rngs(0), … }).`,
      );
    }
    return (this.streams ??= this.randomness.rngs(this.index, this.of));
  }

  /** Frees the streams. */
  dispose(): void {
    this.streams?.dispose();
  }
}
