/** @file One stream of random keys. */
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { RngCount, RngKey } from "../variable/types.ts";
import { drawsOf, newOrigin, nextOrigin, type Origin, originOf, setDraws, setOrigin } from "./origin.ts";
import { DRAW_KEY, Sampler } from "./sampler.ts";

/** What a stream can be made from: an integer seed, a key (int32 `[2]`), or another stream, whose key it takes. */
export type Seed = number | tf.Tensor | RngStream;

/**
 * The key that a seed stands for; the caller owns it.
 *
 * @param name of the stream, for errors
 * @throws InvalidArgumentError for what is no seed
 */
export function keyOf(seed: Seed, name: string): tf.Tensor {
  if (seed instanceof RngStream) return seed.key.value.clone();
  if (typeof seed === "number" && Number.isSafeInteger(seed)) return random.key(seed);
  if (seed instanceof tf.Tensor && seed.dtype === "int32" && seed.shape.join() === "2") return seed.clone();
  const found =
    seed instanceof tf.Tensor
      ? `a ${seed.dtype} tensor of shape [${seed.shape.join(", ")}]`
      : typeof seed === "string"
        ? JSON.stringify(seed)
        : String(seed);
  throw new InvalidArgumentError(
    `Invalid seed for the random stream "${name}": expected an integer, a key (int32 tensor of shape [2]) or an ` +
      `RngStream, got ${found}. Write new Rngs(0) or new Rngs({ params: 0, dropout: 1 }).`,
  );
}

/** Checks the number of streams to make. */
export function assertStreams(caller: string, n: number): void {
  if (Number.isInteger(n) && n > 0) return;
  throw new InvalidArgumentError(`${caller}: expected a positive integer, got ${n}. Write ${caller}(4).`);
}

/**
 * A key and a count of the keys given out. Each draw is `foldIn(key, count)`, then the count grows by one; the key
 * itself never changes. Both are Variables, so they are part of the state and shared by views.
 *
 * @see flax.nnx.RngStream
 */
export class RngStream extends Sampler {
  static override readonly name: string = "RngStream";
  readonly tag: string;
  readonly key: RngKey;
  readonly count: RngCount;

  /** @param tag the name that string filters select it by */
  constructor(seed: Seed, { tag = "default" }: { tag?: string | undefined } = {}) {
    super();
    this.tag = tag;
    this.key = new RngKey(keyOf(seed, tag), { tag });
    this.count = new RngCount(tf.scalar(0, "int32"), { tag });
    setOrigin(
      this.key,
      seed instanceof RngStream ? originOf(seed.key) : newOrigin(typeof seed === "number" ? seed : undefined),
    );
    setDraws(this.count, 0);
  }

  /** The next key, int32 `[2]`; the caller owns it. */
  next(): tf.Tensor {
    const { count } = this;
    const key = random.foldIn(this.key.value, count.value);
    const [draws, { version }] = [drawsOf(count), count];
    count.value = random.increment(count.value);
    // A write that was intercepted, as in evalShape, changes nothing here.
    if (draws !== undefined && count.version === version + 1) setDraws(count, draws + 1);
    return key;
  }

  /** A new stream whose key is the next one of this. @see flax.nnx.RngStream.fork */
  fork(): RngStream {
    return this.broadcast(1)[0]!;
  }

  /**
   * `n` new streams with different keys: those that the next key of this one splits into. Flax keeps them in one
   * stream, for `vmap`; here each of them draws by itself what Flax's draws in its place.
   *
   * @see flax.nnx.RngStream.split
   */
  split(n: number): RngStream[] {
    assertStreams("split", n);
    const { root, steps } = nextOrigin(this.key, this.count);
    const key = this.next();
    const keys = random.split(key, n);
    const streams = Array.from({ length: n }, (_, i) =>
      this.derived(random.take(keys, i), { root, steps: [...steps, i] }),
    );
    tf.dispose([key, keys]);
    return streams;
  }

  /** `n` new streams with the same key, the next one of this: all draw the same. @see flax.nnx.RngStream.broadcast */
  broadcast(n: number): RngStream[] {
    assertStreams("broadcast", n);
    const origin = nextOrigin(this.key, this.count);
    const key = this.next();
    const streams = Array.from({ length: n }, () => this.derived(key.clone(), origin));
    key.dispose();
    return streams;
  }

  /** @internal */
  override [DRAW_KEY](): tf.Tensor {
    return this.next();
  }

  /** A stream of this one's tag; frees `key`. */
  private derived(key: tf.Tensor, origin: Origin): RngStream {
    const stream = new RngStream(key, { tag: this.tag });
    key.dispose();
    setOrigin(stream.key, origin);
    return stream;
  }
}
