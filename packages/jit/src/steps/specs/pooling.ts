/** @file What pooling and its gradients are asked to do. */
import type { Sizes } from "./convolution.ts";

/**
 * Pooling of `[batch, ...input, channels]` to `[batch, ...output, channels]`, all contiguous; windows as those of a
 * convolution. What lies in the padding does not count.
 */
export interface PoolingSpec {
  readonly batch: number;
  readonly input: Sizes;
  readonly channels: number;
  readonly window: Sizes;
  readonly output: Sizes;
  readonly strides: Sizes;
  readonly dilations: Sizes;
  /** Padding before the first element of each axis. */
  readonly before: Sizes;
  /** Of the images: integers have maxima only. */
  readonly lane: "f32" | "i32";
}
