/** @file One stream of random keys. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { RngCount, RngKey } from "../variable/types.ts";
import { Sampler } from "./sampler.ts";

/** What a stream can be made from: an integer seed, a key (int32 `[2]`), or another stream, whose key it takes. */
export type Seed = number | tf.Tensor | RngStream;

function keyOf(seed: Seed, name: string): tf.Tensor {
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

/**
 * A key and a count of the keys given out. Each draw is `foldIn(key, count)`, then the count grows by one; the key
 * itself never changes. Both are Variables, so they are part of the state and shared by views.
 *
 * @see flax.nnx.RngStream
 */
export class RngStream extends Sampler {
  readonly tag: string;
  readonly key: RngKey;
  readonly count: RngCount;

  /** @param tag the name that string filters select it by */
  constructor(seed: Seed, { tag = "default" }: { tag?: string | undefined } = {}) {
    super();
    this.tag = tag;
    this.key = new RngKey(keyOf(seed, tag), { tag });
    this.count = new RngCount(tf.scalar(0, "int32"), { tag });
  }

  /** The next key, int32 `[2]`; the caller owns it. */
  next(): tf.Tensor {
    const key = random.foldIn(this.key.value, this.count.value);
    this.count.value = random.increment(this.count.value);
    return key;
  }

  /** A new stream whose key is the next one of this. @see flax.nnx.RngStream.fork */
  fork(): RngStream {
    const key = this.next();
    const stream = new RngStream(key, { tag: this.tag });
    key.dispose();
    return stream;
  }

  protected override drawKey(): tf.Tensor {
    return this.next();
  }
}
