/** @file The random numbers of a loader: of one key, an order for each pass and streams for each example and batch. */
import { Rngs } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";

/** What a key of a pass is folded with, for different uses. */
const ORDER = 0;
const EXAMPLE = 1;
const BATCH = 2;

/** How many words of randomness are made at a time. */
const WORDS = 1024;

/** The random numbers of one pass; the same for the same key and pass, whatever was drawn before. */
export class PassRandomness {
  private readonly key: tf.Tensor;
  private words: Uint32Array = new Uint32Array();
  private used = 0;
  private blocks = 0;

  /** @param key of the loader: int32 `[2]` */
  constructor(key: tf.Tensor, epoch: number) {
    this.key = tf.keep(random.foldIn(key, epoch));
  }

  /** The numbers below `size` in the order of the pass: int32 `[size]`; the caller's. */
  order(size: number): tf.Tensor1D {
    return tf.tidy(() => random.permutation(random.foldIn(this.key, ORDER), size));
  }

  /** The next integer below `limit`, all equally likely but for one part in 4 billion. */
  async below(limit: number): Promise<number> {
    if (this.used === this.words.length) {
      using bits = tf.tidy(() =>
        random.bits(random.foldIn(random.foldIn(this.key, ORDER), this.blocks), [WORDS]),
      );
      this.words = Uint32Array.from(await bits.data<"int32">());
      this.used = 0;
      this.blocks++;
    }
    return Math.floor((this.words[this.used++]! / 2 ** 32) * limit);
  }

  /** Streams of an example of the pass, or of the batch that begins with it; the caller's. */
  rngs(index: number, of: "example" | "batch"): Rngs {
    const use = of === "example" ? EXAMPLE : BATCH;
    using key = tf.tidy(() => random.foldIn(random.foldIn(this.key, use), index));
    return new Rngs(key);
  }

  /** Frees the key. */
  dispose(): void {
    this.key.dispose();
  }
}
