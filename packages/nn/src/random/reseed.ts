/** @file `reseed`: the random streams in a model, from the beginning. */
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { iterGraph } from "../graph/iterate.ts";
import { guesses } from "../near-miss.ts";
import { transaction } from "../variable/transaction.ts";
import { originOf, sameRoot, setDraws } from "./origin.ts";
import { keyOf, RngStream } from "./rng-stream.ts";
import type { Seeds } from "./rngs.ts";

/**
 * Starts the random streams in `node` again from other seeds, in place and so for all views: `{ tag: seed }` concerns
 * the streams of that tag, the name that their stream had when it was made.
 *
 * ```ts
 * const rngs = new Rngs({ params: 0, dropout: 1 });
 * const model = new MyModel({ rngs });
 * reseed(model, { dropout: 1 }); // its dropout layers begin with the masks that they began with
 * ```
 *
 * A stream gets the key that it would have if the `Rngs` of the model had been made with the new seed: the key of the
 * seed itself for a stream that the model holds as it was made, and for a fork, such as a Dropout's, the one that the
 * fork would have drawn. So the seed of the construction brings back the keys of the construction, whatever the order
 * of the layers' names, and streams that had different keys have different keys again. Counts are 0.
 *
 * Differs from Flax, where the streams of a tag get `foldIn(key(seed), i)`, counted in the order of their paths: there
 * a stream that was not forked does not get back the key of its seed, and several forks get each other's. Of several
 * seeds in one model (two `Rngs`, streams made from keys) the first by path counts as the one that is replaced; the
 * others count down: `foldIn(key(seed), -1)`, `-2`, …
 *
 * @throws InvalidArgumentError for what is no seed, and for a tag that no stream has, with the tags there are; nothing
 *   has changed then
 * @see flax.nnx.reseed
 */
export function reseed(node: unknown, seeds: Seeds): void {
  const streams = [...iterGraph(node)]
    .map(([, value]) => value)
    .filter((value) => value instanceof RngStream);
  const tags = new Map<string, number>();
  for (const { tag } of streams) tags.set(tag, (tags.get(tag) ?? 0) + 1);
  if (typeof seeds !== "object" || seeds === null) {
    throw new InvalidArgumentError(
      `reseed: expected seeds by the names of streams, got ${String(seeds)}. Write reseed(model, { dropout: 1 }).`,
    );
  }
  const missing = Object.keys(seeds).filter((tag) => !tags.has(tag));
  if (missing.length > 0) throw noSuchStream(missing, tags);
  tf.tidy(() => {
    const given = Object.entries(seeds).map(([tag, seed]) => [tag, keyOf(seed, tag)] as const);
    transaction(() => {
      for (const [tag, key] of given) {
        restart(
          streams.filter((stream) => stream.tag === tag),
          key,
        );
      }
    });
  });
}

/** Gives streams of one tag the keys that follow from `key` and their origins. */
function restart(streams: readonly RngStream[], key: tf.Tensor): void {
  const roots = streams
    .map((stream) => originOf(stream.key))
    .filter((origin, i, all) => all.findIndex((other) => sameRoot(origin, other)) === i);
  for (const stream of streams) {
    const origin = originOf(stream.key);
    const nth = roots.findIndex((root) => sameRoot(root, origin));
    const root = nth === 0 ? key : random.foldIn(key, -nth);
    // A Variable takes a clone of what another one owns.
    stream.key.value = origin.steps.reduce((parent, step) => random.foldIn(parent, step), root.clone());
    stream.count.value = tf.scalar(0, "int32");
    setDraws(stream.count, 0);
  }
}

function noSuchStream(missing: readonly string[], tags: ReadonlyMap<string, number>): InvalidArgumentError {
  const list = [...tags].map(([tag, count]) => `${tag} (${count})`);
  return new InvalidArgumentError(
    [
      `reseed: no random stream has the tag ${missing.map((tag) => JSON.stringify(tag)).join(", ")}.`,
      ...guesses(missing, tags.keys()),
      `There are: ${list.join(", ") || "none"}.`,
      "What is made with new Rngs(0) draws from the stream default and has its tag; for one of its own write " +
        "new Rngs({ params: 0, dropout: 1 }).",
    ].join(" "),
  );
}
