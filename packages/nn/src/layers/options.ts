/** @file The options that every layer's `forward` accepts. */
import type { RngStream } from "../random/rng-stream.ts";
import type { Rngs } from "../random/rngs.ts";

/** Options that are handed down a model; a layer uses what concerns it. */
export interface ForwardOptions {
  /** Random streams for layers that were built without any. */
  rngs?: Rngs | RngStream | undefined;
}
