/** @file What a target is: something that functions are compiled for. A new one implements this and has an entry in `table.ts`. */
import type { Variable } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Holder, Traced } from "../capture/trace.ts";
import type { Holdings } from "../memory/holdings.ts";
import type { LaunchProfile } from "../profile.ts";
import type { ResidentStore } from "../residency/resident-store.ts";

/** The name of a target. */
export type TargetName = "webgpu" | "wasm" | "kernels";

/** The dtypes that products may hold their operands in. */
export type MatmulPrecision = "float32" | "float16";

/** How a function is compiled. */
export interface CompileOptions {
  /** What products hold their operands in, where a target can. `"float32"` unless given. */
  readonly matmulPrecision?: MatmulPrecision | undefined;
}

/** A target. */
export interface Target {
  readonly name: TargetName;
  /** Finds out, before functions are compiled for the backend of this name, what they may use; if that takes time. */
  prepare?(backendName: string): Promise<void>;
  /** The backend that gradients are chosen for while a function is traced, since some avoid the mistakes of one. */
  tracesFor(backendName: string): string;
  /**
   * Checks that it can compile anything where this backend is active, for a function of this name.
   *
   * @throws an error that says why not, and the way out
   */
  check(name: string, backendName: string): void;
  /**
   * Compiles; nothing is computed, and nothing is held when it throws.
   *
   * @throws UnsupportedKernelError for a kernel that it does not know, HeapFullError
   */
  compile(traced: Traced, options?: CompileOptions): Program;
}

/** A compiled function. */
export interface Program {
  /**
   * Computes the outputs for the arguments of `call`, and writes Variables. Outputs that are results are tensors of the
   * active scope; nothing is written when it throws.
   */
  run(call: Call): readonly tf.Tensor[];
  /** Settles when its code is compiled as far as the first run would have to wait for that. */
  ready?(): Promise<void>;
  /** What it does, as text; empty if there is nothing to add to the graph. */
  describe(): string;
  /** Tells how long a call takes, if that is known for the parts of it. */
  readonly profiler?: Profiler | undefined;
  /** All that it takes beside JavaScript's memory; it cannot run after that was disposed of. */
  readonly holdings: Holdings;
}

/** Takes the times of one call. */
export interface Profiler {
  /** Waits until the machine is idle, then has the next call be timed. */
  start(): Promise<void>;
  /** Waits until the call is done; answers what is known of its launches. */
  stop(): Promise<readonly LaunchProfile[]>;
}

/** The arguments of a call, by the numbers that a trace gave them. */
export interface Call {
  readonly tensors: readonly tf.Tensor[];
  /** The Variable that a trace speaks of. */
  variable(holder: Holder<Variable>): Variable;
  /** As `variable`, for a `tf.Variable`. */
  tfVariable(holder: Holder<tf.Variable>): tf.Variable;
  /**
   * Where the program keeps the stores that it found in Variables, for the next call with the same ones. They are the
   * program's alone, and empty at first.
   */
  readonly residents: (ResidentStore | undefined)[];
}
