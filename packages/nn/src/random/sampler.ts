/** @file Drawing samples, for whatever can give keys. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { Pytree } from "../module/pytree.ts";

/** Samplers that draw one key each; the numbers are those of `jax.random` for that key. */
export abstract class Sampler extends Pytree {
  /** The next key, int32 `[2]`; the caller owns it. */
  protected abstract drawKey(): tf.Tensor;

  private sample<T extends tf.Tensor>(draw: (key: tf.Tensor) => T): T {
    return tf.tidy(() => draw(this.drawKey()));
  }

  /** Standard normal float32 numbers of `shape`. */
  normal(shape: readonly number[] = []): tf.Tensor {
    return this.sample((key) => random.normal(key, [...shape]));
  }

  /** Float32 numbers of `shape`, uniform on `[minval, maxval)`; `[0, 1)` unless given. */
  uniform(
    shape: readonly number[] = [],
    { minval = 0, maxval = 1 }: { minval?: number | undefined; maxval?: number | undefined } = {},
  ): tf.Tensor {
    return this.sample((key) => random.uniform(key, [...shape], minval, maxval));
  }

  /** Standard normal float32 numbers of `shape`, truncated to `(lower, upper)`. */
  truncatedNormal(lower: number, upper: number, shape: readonly number[] = []): tf.Tensor {
    return this.sample((key) => random.truncatedNormal(key, lower, upper, [...shape]));
  }

  /** Booleans of `shape`, true with probability `p`; 0.5 unless given. */
  bernoulli(p = 0.5, shape: readonly number[] = []): tf.Tensor {
    return this.sample((key) => random.bernoulli(key, p, [...shape]));
  }

  /** Int32 numbers of `shape`, uniform on `[minval, maxval)`. */
  randint(shape: readonly number[], minval: number, maxval: number): tf.Tensor {
    return this.sample((key) => random.randint(key, [...shape], minval, maxval));
  }

  /** The numbers 0 to `n - 1` in random order, int32 `[n]`. */
  permutation(n: number): tf.Tensor {
    return this.sample((key) => random.permutation(key, n));
  }

  /** Indices drawn with probabilities `softmax(logits)` along `axis`, the last unless given; int32. */
  categorical(logits: tf.Tensor, axis = -1): tf.Tensor {
    return this.sample((key) => random.categorical(key, logits, axis));
  }

  /** Random words of `shape`: int32 with all 32 bits random. */
  bits(shape: readonly number[] = []): tf.Tensor {
    return this.sample((key) => random.bits(key, [...shape]));
  }
}
