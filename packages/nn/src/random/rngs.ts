/** @file Named random streams. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError } from "../errors.ts";
import { RngStream, type Seed } from "./rng-stream.ts";
import { Sampler } from "./sampler.ts";

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
    for (const [name, stream] of made) {
      Object.defineProperty(this, name, {
        value: stream,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
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
          `Write new Rngs({ ${name}: 0 }) or new Rngs(0).`,
      );
    }
    // Streams are attributes whose names are not known to the type.
    return (this as unknown as Record<string, RngStream>)[found]!;
  }

  /** The next key of a stream, int32 `[2]`; the caller owns it. */
  key(name = "default"): tf.Tensor {
    return this.stream(name).next();
  }

  /** New Rngs, each stream forked from the one here. @see flax.nnx.Rngs.fork */
  fork(): Rngs {
    const forks = new Rngs();
    for (const name of Object.keys(this)) {
      const value = this.stream(name).fork();
      Object.defineProperty(forks, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return forks;
  }

  protected override drawKey(): tf.Tensor {
    return this.key();
  }
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
