/** @file Named random streams. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError } from "../errors.ts";
import { setChild } from "../graph/children.ts";
import { type Filter, toPredicate } from "../graph/filters.ts";
import { RNGS } from "../graph/kinds.ts";
import { assertStreams, RngStream, type Seed } from "./rng-stream.ts";
import { DRAW_KEY, Sampler } from "./sampler.ts";

/** Seeds by the name of their stream. */
export type Seeds = Readonly<Record<string, Seed>>;

/**
 * Named streams of random keys. A name without a stream of its own draws from the stream `default`. The name does
 * not enter the keys: `new Rngs({ params: 7 })` and `new Rngs({ dropout: 7 })` give the same sequence.
 *
 * ```ts
 * const rngs = new Rngs(0); // one stream, for all
 * const two = new Rngs({ params: 0, dropout: 1 });
 * rngs.key("params"); // the next key: foldIn(key(0), 0)
 * rngs.normal([3]); // draws one key too
 * ```
 *
 * Streams are attributes with the stream's name, so that state paths read `default.key`, `dropout.count`.
 *
 * @see flax.nnx.Rngs
 */
export class Rngs extends Sampler {
  static override readonly name: string = "Rngs";
  declare readonly [RNGS]: true;

  static {
    Object.defineProperty(Rngs.prototype, RNGS, { value: true });
  }

  /**
   * @param seed of the default stream, or the seeds of all streams by name
   * @param streams more streams beside the default one
   * @throws InvalidArgumentError for a seed that is no integer, key or stream
   */
  constructor(seed: Seed | Seeds = {}, streams: Seeds = {}) {
    super();
    const seeds: Seeds = isSeeds(seed) ? { ...seed, ...streams } : { default: seed, ...streams };
    const made = new Map<string, RngStream>();
    try {
      for (const [name, value] of Object.entries(seeds)) {
        if (name in this) {
          throw new InvalidArgumentError(
            `Rngs: "${name}" is the name of a method. Choose another name for the stream.`,
          );
        }
        made.set(name, new RngStream(value, { tag: name }));
      }
    } catch (error) {
      for (const stream of made.values()) stream.dispose();
      throw error;
    }
    for (const [name, stream] of made) setChild(this, name, stream);
  }

  /** Whether there is a stream of this very name. */
  has(name: string): boolean {
    return (
      Object.hasOwn(this, name) && (this as unknown as Record<string, unknown>)[name] instanceof RngStream
    );
  }

  /**
   * The stream `name`, else the default one.
   *
   * @throws MissingArgumentError when there is neither
   */
  stream(name = "default"): RngStream {
    const found = this.has(name) ? name : "default";
    if (!this.has(found)) {
      const names = Object.keys(this).join(", ");
      throw new MissingArgumentError(
        `No random stream named "${name}", and no default one. There are: ${names || "none"}. ` +
          (name === "default" && names !== ""
            ? `Draw from one of these, rngs.stream("${Object.keys(this)[0]}"), or write new Rngs(0).`
            : `Write new Rngs({ ${name}: 0 }) or new Rngs(0).`),
      );
    }
    // Streams are attributes whose names are not known to the type.
    return (this as unknown as Record<string, RngStream>)[found]!;
  }

  /** The next key of a stream, int32 `[2]`; the caller owns it. */
  key(name = "default"): tf.Tensor {
    return this.stream(name).next();
  }

  /** The streams with their names, in the order in which they were given. */
  streams(): [name: string, stream: RngStream][] {
    return Object.keys(this)
      .filter((name) => this.has(name))
      .map((name) => [name, this.stream(name)]);
  }

  /** New Rngs, each stream forked from the one here. @see flax.nnx.Rngs.fork */
  fork(): Rngs {
    return rngsOf(this.streams().map(([name, stream]) => [name, stream.fork()]));
  }

  /**
   * `n` new Rngs, each stream split from the one here, so that all draw differently: one for each member of an
   * ensemble, say. Those that `only` leaves out are the same in all, as by {@link broadcast}. Flax keeps the keys of
   * all in one Rngs, for `vmap`; here each draws by itself what Flax's draws in its place.
   *
   * ```ts
   * const models = new Rngs(0).split(4).map((rngs) => new Linear(2, 3, { rngs }));
   * new Rngs({ params: 0, dropout: 1 }).split(4, { only: "dropout" });
   * ```
   *
   * @see flax.nnx.Rngs.split
   */
  split(n: number, { only = true }: { only?: Filter | undefined } = {}): Rngs[] {
    assertStreams("split", n);
    const selects = toPredicate(only);
    const streams = this.streams().map(([name, stream]) => {
      const lanes = selects([name], stream) ? stream.split(n) : stream.broadcast(n);
      return [name, lanes] as const;
    });
    return Array.from({ length: n }, (_, i) => rngsOf(streams.map(([name, lanes]) => [name, lanes[i]!])));
  }

  /** `n` new Rngs that draw the same, each stream forked from the one here. @see flax.nnx.Rngs.broadcast */
  broadcast(n: number): Rngs[] {
    assertStreams("broadcast", n);
    return this.split(n, { only: false });
  }

  /** @internal */
  override [DRAW_KEY](): tf.Tensor {
    return this.key();
  }
}

/** The stream `name` of an {@link Rngs}; a stream, or none, is what it is. */
export function streamOf<T extends RngStream | undefined>(rngs: Rngs | T, name: string): RngStream | T {
  return rngs instanceof Rngs ? rngs.stream(name) : rngs;
}

function rngsOf(streams: readonly (readonly [name: string, stream: RngStream])[]): Rngs {
  const rngs = new Rngs();
  for (const [name, stream] of streams) setChild(rngs, name, stream);
  return rngs;
}

function isSeeds(seed: Seed | Seeds): seed is Seeds {
  return (
    typeof seed === "object" &&
    seed !== null &&
    !Array.isArray(seed) &&
    !(seed instanceof tf.Tensor) &&
    !(seed instanceof RngStream)
  );
}
