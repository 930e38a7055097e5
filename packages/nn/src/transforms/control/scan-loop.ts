/** @file What a loop over slices is made of. */
import type { Tree } from "./tree.ts";
import type { Slices } from "./slices.ts";

/** A loop over slices, checked. */
export interface Loop {
  readonly fn: (carry: unknown, x: unknown) => unknown;
  readonly carry: Tree;
  readonly slices: Slices;
  readonly length: number;
  readonly reverse: boolean;
  /** How many turns a recorded body does. */
  readonly unroll: number;
  readonly caller: string;
  readonly name: string;
}
