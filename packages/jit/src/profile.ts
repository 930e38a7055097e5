/** @file What `profile` tells of one call. */
import type { TargetName } from "./targets/target.ts";

/** One launch of a call, or on `wasm` one step. */
export interface LaunchProfile {
  /** What it does, such as `matmul 512x128x128 and 2 like it`. */
  readonly label: string;
  /**
   * Milliseconds, on a GPU by its clock; undefined where that cannot be read (`timestamp-query`). On `wasm` all threads
   * have done their part of the step then.
   */
  readonly milliseconds: number | undefined;
  /** Additions and multiplications, roughly. */
  readonly flops: number;
  /** Bytes read and written, if nothing stays in a cache. */
  readonly bytes: number;
}

/** How long one call took. */
export interface Profile<Result = unknown> {
  /** What the call gives; the caller's, as always. */
  readonly result: Result;
  /** What ran it. */
  readonly target: TargetName;
  /** Milliseconds until the call returned: on `wasm` all of it, on a GPU what it takes to hand over the work. */
  readonly host: number;
  /** Milliseconds until all was computed. */
  readonly total: number;
  /** On `webgpu` and `wasm`, in the order in which they run. Kernels are not told apart: then it is empty. */
  readonly launches: readonly LaunchProfile[];
}
