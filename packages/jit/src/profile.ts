/** @file What `profile` tells of one call. */
import type { TargetName } from "./targets/target.ts";

/** One launch of a call. */
export interface LaunchProfile {
  /** What it does, such as `matmul 512x128x128 and 2 like it`. */
  readonly label: string;
  /** Milliseconds by the clock of the GPU; undefined where it has none that can be read (`timestamp-query`). */
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
  /** On `webgpu`, in the order in which they run. Other targets do not tell their steps apart: then it is empty. */
  readonly launches: readonly LaunchProfile[];
}
