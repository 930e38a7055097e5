/** @file The random streams of a whole model: forked for a while, or in views with streams of their own. */
import { DISPOSE } from "@nnx-js/tensor";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { guesses } from "../near-miss.ts";
import { type Filter, toPredicate } from "../graph/filters.ts";
import { iterGraph } from "../graph/iterate.ts";
import { recursiveMap } from "../graph/recursive-map.ts";
import { transaction } from "../variable/transaction.ts";
import type { RngKey } from "../variable/types.ts";
import { assertStreams, RngStream } from "./rng-stream.ts";

/** Options of the functions for the random streams of a model. */
export interface RngsOptions {
  /** Which streams; it is asked with path and stream. All of them by default. */
  only?: Filter | undefined;
}

/** The key and count that a stream had. */
interface Backup {
  readonly stream: RngStream;
  readonly key: tf.Tensor;
  readonly count: tf.Tensor;
}

/** What {@link forkRngs} replaced. `using backups = forkRngs(model)` restores it at the end of the block. */
export class RngBackups {
  private readonly backups: Backup[] = [];

  /** @param streams what may be restored to what it is now */
  constructor(streams: readonly RngStream[]) {
    for (const stream of streams) {
      const [key, count] = [tf.keep(stream.key.value.clone()), tf.keep(stream.count.value.clone())];
      this.backups.push({ stream, key, count });
    }
  }

  /** Gives the streams back their keys and counts; the second time nothing happens. */
  restore(): void {
    transaction(() => {
      for (const { stream, key, count } of this.backups.splice(0)) {
        stream.key.value = key;
        stream.count.value = count;
      }
    });
  }

  /** The same as {@link restore}, for `using`. */
  [DISPOSE](): void {
    this.restore();
  }
}

function streamsIn(node: unknown, only: Filter): RngStream[] {
  const selects = toPredicate(only);
  const streams: RngStream[] = [];
  for (const [path, value] of iterGraph(node)) {
    if (value instanceof RngStream && selects(path, value)) streams.push(value);
  }
  return streams;
}

/**
 * Replaces the random streams in `node` by forks of them, in place and so for all views: key by the stream's next
 * one, count by 0.
 *
 * ```ts
 * {
 *   using _backups = forkRngs(model);
 *   model.forward(x); // draws that the model never gets to otherwise
 * } // goes on after the key of the fork
 * ```
 *
 * @returns what was replaced, to `restore()`; until then it holds two small tensors a stream
 * @see flax.nnx.fork_rngs
 */
export function forkRngs(node: unknown, { only = true }: RngsOptions = {}): RngBackups {
  return transaction(() => {
    const streams = streamsIn(node, only);
    const forks = streams.map((stream) => stream.fork());
    const backups = new RngBackups(streams);
    for (const [i, fork] of forks.entries()) {
      streams[i]!.key.value = fork.key.value.clone();
      streams[i]!.count.value = fork.count.value.clone();
      fork.dispose();
    }
    return backups;
  });
}

/** Undoes {@link forkRngs}. @see flax.nnx.restore_rngs */
export function restoreRngs(backups: RngBackups): void {
  const given: unknown = backups;
  if (!(given instanceof RngBackups)) {
    throw new InvalidArgumentError(
      `restoreRngs: expected what forkRngs has given, got ${typeof given}. Write restoreRngs(backups), where ` +
        "const backups = forkRngs(model).",
    );
  }
  given.restore();
}

/**
 * A view of `node` in which the random streams are forks, so that its draws and those of the original do not disturb
 * each other; all else is shared. `state(copy, RngState).dispose()` frees the forks, when all streams are.
 *
 * @see flax.nnx.with_rngs
 */
export function withRngs<T extends object>(node: T, { only = true }: RngsOptions = {}): T {
  const streams = streamsIn(node, only);
  return withStreams(node, new Map(transaction(() => streams.map((stream) => [stream.key, stream.fork()]))));
}

/** Options of {@link splitRngs} for `vmap`. */
export interface SplitRngsOptions extends RngsOptions {
  /** How many lanes there are; several numbers for lanes in lanes. */
  splits: number | readonly number[];
  /** With one split: keys and counts without the axis. Default false. */
  squeeze?: boolean | undefined;
}

/**
 * `n` views of `node` whose random streams are split from its own, so that all draw differently; all else is shared,
 * also the streams that `only` leaves out.
 *
 * ```ts
 * // Monte Carlo dropout: the same weights, different masks.
 * const samples = splitRngs(trainModel, 8, { only: "dropout" }).map((model) => model.forward(x));
 * ```
 *
 * @see flax.nnx.split_rngs
 */
export function splitRngs<T extends object>(node: T, n: number, options?: RngsOptions): T[];
/**
 * Splits the random streams in `node` for the lanes of a `vmap`, in place and so for all views: each has the keys that
 * its next one splits into, int32 `[splits, 2]`, and counts of 0, `[splits]`.
 *
 * ```ts
 * using _streams = splitRngs(rngs, { splits: 8 });
 * const ensemble = vmap((rngs: Rngs) => new Linear(2, 3, { rngs }))(rngs);
 * ```
 *
 * @returns what was replaced, to `restore()`: streams go on after the key that was split
 * @see flax.nnx.split_rngs
 */
export function splitRngs(node: object, options: SplitRngsOptions): RngBackups;
/**
 * A function that splits the random streams in its arguments while `fn` runs.
 *
 * ```ts
 * const ensemble = splitRngs({ splits: 8 })(vmap((rngs: Rngs) => new Linear(2, 3, { rngs })))(rngs);
 * ```
 *
 * @see flax.nnx.split_rngs
 */
export function splitRngs(
  options: SplitRngsOptions,
): <Args extends unknown[], R>(fn: (...args: Args) => R) => (...args: Args) => R;
export function splitRngs(
  node: object,
  n?: number | SplitRngsOptions,
  { only = true }: RngsOptions = {},
): object[] | RngBackups | (<Args extends unknown[], R>(fn: (...args: Args) => R) => (...args: Args) => R) {
  if (n === undefined && isOptions(node)) {
    const options = node;
    assertSplits(options);
    return (fn) =>
      (...args) => {
        const backups = splitInPlace(args, options);
        try {
          return fn(...args);
        } finally {
          backups.restore();
        }
      };
  }
  if (typeof n === "object" && n !== null) {
    assertSplits(n);
    return splitInPlace(node, n);
  }
  const count = n as number;
  assertStreams("splitRngs", count);
  const streams = streamsIn(node, only);
  const lanes = transaction(() => streams.map((stream) => stream.split(count)));
  return Array.from({ length: count }, (_, i) =>
    withStreams(node, new Map(streams.map((stream, j) => [stream.key, lanes[j]![i]!]))),
  );
}

function isOptions(value: unknown): value is SplitRngsOptions {
  return typeof value === "object" && value !== null && "splits" in value;
}

const OPTIONS = ["splits", "only", "squeeze"];

function assertSplits(options: SplitRngsOptions): void {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      [`splitRngs: expected the options ${OPTIONS.join(", ")}, got ${unknown}.`, ...guesses([unknown], OPTIONS)].join(" "), // prettier-ignore
    );
  }
  const { splits, squeeze = false } = options;
  const sizes = typeof splits === "number" ? [splits] : splits;
  if (
    !Array.isArray(sizes) ||
    sizes.length === 0 ||
    !sizes.every((size) => Number.isInteger(size) && size > 0)
  ) {
    throw new InvalidArgumentError(
      `splitRngs: expected a positive integer for splits, or an array of those, got ${String(splits)}. ` +
        `Write splitRngs(rngs, { splits: 4 }).`,
    );
  }
  if (squeeze && splits !== 1) {
    throw new InvalidArgumentError(
      `splitRngs: expected splits of 1 with squeeze, got ${String(splits)}: an axis of another size cannot be left ` +
        `out. Write splitRngs(rngs, { splits: 1, squeeze: true }).`,
    );
  }
}

/** Gives the streams keys and counts for lanes. */
function splitInPlace(node: object, { splits, only = true, squeeze = false }: SplitRngsOptions): RngBackups {
  const lanes = squeeze ? [] : typeof splits === "number" ? [splits] : [...splits];
  const n = lanes.reduce((product, size) => product * size, 1);
  const streams = streamsIn(node, only);
  return transaction(() => {
    const keys = streams.map((stream) =>
      tf.tidy(() => tf.reshape(random.split(stream.next(), n), [...lanes, 2])),
    );
    const backups = new RngBackups(streams);
    for (const [i, stream] of streams.entries()) {
      stream.key.value = keys[i]!;
      stream.count.value = tf.zeros(lanes, "int32");
    }
    return backups;
  });
}

/** A view of `node` with other streams in place of those that have the given keys. */
function withStreams<T extends object>(node: T, streams: ReadonlyMap<RngKey, RngStream>): T {
  return recursiveMap((_path, value) => {
    return value instanceof RngStream ? (streams.get(value.key) ?? value) : value;
  }, node);
}
