/** @file Drawing samples, for whatever can give keys. */
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { Initializer } from "../initializers/initializer.ts";
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
} from "../initializers/variance-scaling.ts";
import { Pytree } from "../module/pytree.ts";

/** Makes a tensor of a shape; draws a key each time. */
export type ShapeSampler = (shape: readonly number[]) => tf.Tensor;

/** The method that gives the next key; a symbol, because streams of an `Rngs` may have any name but a method's. */
export const DRAW_KEY = Symbol("drawKey");

/** Samplers that draw one key each; the numbers are those of `jax.random` for that key. */
export abstract class Sampler extends Pytree {
  static override readonly name: string = "Sampler";
  /** @internal The next key, int32 `[2]`; the caller owns it. */
  abstract [DRAW_KEY](): tf.Tensor;

  /** Standard normal float32 numbers of `shape`. */
  normal(shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.normal(key, [...shape]));
  }

  /** Float32 numbers of `shape`, uniform on `[minval, maxval)`; `[0, 1)` unless given. */
  uniform(
    shape: readonly number[] = [],
    { minval = 0, maxval = 1 }: { minval?: number | undefined; maxval?: number | undefined } = {},
  ): tf.Tensor {
    return sample(this, (key) => random.uniform(key, [...shape], minval, maxval));
  }

  /** Standard normal float32 numbers of `shape`, truncated to `(lower, upper)`. */
  truncatedNormal(lower: number, upper: number, shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.truncatedNormal(key, lower, upper, [...shape]));
  }

  /** Booleans of `shape`, true with probability `p`; 0.5 unless given. */
  bernoulli(p = 0.5, shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.bernoulli(key, p, [...shape]));
  }

  /** Int32 numbers of `shape`, uniform on `[minval, maxval)`. */
  randint(shape: readonly number[], minval: number, maxval: number): tf.Tensor {
    return sample(this, (key) => random.randint(key, [...shape], minval, maxval));
  }

  /** The numbers 0 to `n - 1` in random order, int32 `[n]`. */
  permutation(n: number): tf.Tensor {
    return sample(this, (key) => random.permutation(key, n));
  }

  /** Indices drawn with probabilities `softmax(logits)` along `axis`, the last unless given; int32. */
  categorical(logits: tf.Tensor, axis = -1): tf.Tensor {
    return sample(this, (key) => random.categorical(key, logits, axis));
  }

  /** Random words of `shape`: int32 with all 32 bits random. */
  bits(shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.bits(key, [...shape]));
  }

  /**
   * Integers below `n`, or rows of a float32 tensor `[n, ...]`, all equally likely: `shape → [...shape, ...]`.
   *
   * @param options `replace: false` draws none twice
   */
  choice(
    x: number | tf.Tensor,
    shape: readonly number[] = [],
    options: { replace?: boolean | undefined } = {},
  ): tf.Tensor {
    return sample(this, (key) => random.choice(key, x, [...shape], options));
  }

  /** Float32 numbers of `shape` from the exponential distribution with rate 1. */
  exponential(shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.exponential(key, [...shape]));
  }

  /** Float32 numbers of `shape` from the standard Gumbel distribution. */
  gumbel(shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.gumbel(key, [...shape]));
  }

  /** Float32 numbers of `shape` from the Laplace distribution with mean 0 and scale 1. */
  laplace(shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.laplace(key, [...shape]));
  }

  /** Float32 numbers of `shape` from the logistic distribution with mean 0 and scale 1. */
  logistic(shape: readonly number[] = []): tf.Tensor {
    return sample(this, (key) => random.logistic(key, [...shape]));
  }

  /** Samples of `initializers.lecunNormal()`: `rngs.lecunNormal()([2, 3])`. */
  lecunNormal(): ShapeSampler {
    return initializing(this, lecunNormal());
  }

  /** Samples of `initializers.lecunUniform()`. */
  lecunUniform(): ShapeSampler {
    return initializing(this, lecunUniform());
  }

  /** Samples of `initializers.glorotNormal()`. */
  glorotNormal(): ShapeSampler {
    return initializing(this, glorotNormal());
  }

  /** Samples of `initializers.glorotUniform()`. */
  glorotUniform(): ShapeSampler {
    return initializing(this, glorotUniform());
  }

  /** Samples of `initializers.heNormal()`. */
  heNormal(): ShapeSampler {
    return initializing(this, heNormal());
  }

  /** Samples of `initializers.heUniform()`. */
  heUniform(): ShapeSampler {
    return initializing(this, heUniform());
  }
}

function sample<T extends tf.Tensor>(sampler: Sampler, draw: (key: tf.Tensor) => T): T {
  return tf.tidy(() => draw(sampler[DRAW_KEY]()));
}

function initializing(sampler: Sampler, initializer: Initializer): ShapeSampler {
  return (shape) => sample(sampler, (key) => initializer(key, shape));
}
