/** @file The random streams of a whole model: forked for a while, or in views with streams of their own. */
import { DISPOSE } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
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

/**
 * `n` views of `node` whose random streams are split from its own, so that all draw differently; all else is shared,
 * also the streams that `only` leaves out. Flax keeps the keys of all in one node, for `vmap`.
 *
 * ```ts
 * // Monte Carlo dropout: the same weights, different masks.
 * const samples = splitRngs(trainModel, 8, { only: "dropout" }).map((model) => model.forward(x));
 * ```
 *
 * @see flax.nnx.split_rngs
 */
export function splitRngs<T extends object>(node: T, n: number, { only = true }: RngsOptions = {}): T[] {
  assertStreams("splitRngs", n);
  const streams = streamsIn(node, only);
  const lanes = transaction(() => streams.map((stream) => stream.split(n)));
  return Array.from({ length: n }, (_, i) =>
    withStreams(node, new Map(streams.map((stream, j) => [stream.key, lanes[j]![i]!]))),
  );
}

/** A view of `node` with other streams in place of those that have the given keys. */
function withStreams<T extends object>(node: T, streams: ReadonlyMap<RngKey, RngStream>): T {
  return recursiveMap((_path, value) => {
    return value instanceof RngStream ? (streams.get(value.key) ?? value) : value;
  }, node);
}
