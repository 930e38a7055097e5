/** @file The options of layers: those that every `forward` accepts, and how constructors take theirs. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Module } from "../module/module.ts";
import type { RngStream } from "../random/rng-stream.ts";
import type { Rngs } from "../random/rngs.ts";

/** JavaScript callers may leave required options out: what is missing is then said by name. */
export function givenOptions<T extends object>(options: T | undefined): T {
  // Empty, so that each required option is checked where it is used.
  return options ?? ({} as T);
}

/** Options that are handed down a model; a layer uses what concerns it. */
export interface ForwardOptions {
  /** Random streams for layers that were built without any. */
  rngs?: Rngs | RngStream | undefined;
}

/** A Module from a tensor to a tensor, which others can stand around; it may take options. */
export type TensorModule = Module & { forward(x: tf.Tensor, ...options: never[]): tf.Tensor };

/** Calls `module` with the options that its caller was given, if any. */
export function callModule(
  module: TensorModule,
  x: tf.Tensor,
  options: ForwardOptions | undefined,
): tf.Tensor {
  // What options it takes is known to the caller only.
  return options === undefined ? module.forward(x) : module.forward(x, options as never);
}
