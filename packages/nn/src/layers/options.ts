/** @file The options of layers: those that every `forward` accepts, and how constructors take theirs. */
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
