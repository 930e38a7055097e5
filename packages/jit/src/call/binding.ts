/** @file A compiled function together with the Modules and Variables that a call gave it. */
import type { Variable } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Holder } from "../capture/trace.ts";
import { type Match, matchesArguments } from "../tree/match.ts";
import type { ListPattern } from "../tree/pattern.ts";
import type { ResidentStore } from "../residency/resident-store.ts";
import type { Call } from "../targets/target.ts";
import type { Walk } from "../tree/walk.ts";
import type { Executable } from "./executable.ts";

/** Stands for what was let go. */
const NOTHING: object = {};

/**
 * What one call has learnt about its arguments, for the next one with the same Modules: how to recognise them, and
 * what serves them. Arrays are filled anew by each call.
 */
export class Binding implements Match, Call {
  readonly executable: Executable;
  readonly tensors: tf.Tensor[] = [];
  readonly objects: object[];
  readonly residents: (ResidentStore | undefined)[] = [];
  readonly #pattern: ListPattern;
  readonly #hasFunctions: boolean;

  constructor(executable: Executable, { pattern, objects, leaves, hasFunctions }: Walk) {
    this.executable = executable;
    this.#pattern = pattern;
    this.#hasFunctions = hasFunctions;
    this.objects = [...objects];
    for (const [leaf, { tensor }] of leaves.entries()) this.tensors[leaf] = tensor;
  }

  /** Ends a call: functions, which programs die with, are not kept alive by what held them. */
  release(): void {
    if (!this.#hasFunctions) return;
    // The next match fills all places again; arrays that were cut would grow anew each time.
    const { objects, tensors } = this;
    for (let i = 0; i < objects.length; i++) objects[i] = NOTHING;
    for (let i = 0; i < tensors.length; i++) tensors[i] = NOTHING as tf.Tensor;
  }

  /** Whether it serves a call with these arguments on this backend. */
  accepts(args: readonly unknown[], backendName: string): boolean {
    const { executable } = this;
    return (
      executable.backendName === backendName &&
      !executable.isDisposed &&
      matchesArguments(this.#pattern, args, this) &&
      // Two containers that the function changes must not be one now.
      (executable.traced.effects.length === 0 || new Set(this.objects).size === this.objects.length) &&
      executable.suitsCaptured()
    );
  }

  variable(holder: Holder<Variable>): Variable {
    // The number of an object is that of a Variable if it was one when traced: keys say so.
    return typeof holder === "number" ? (this.objects[holder] as Variable) : holder;
  }

  tfVariable(holder: Holder<tf.Variable>): tf.Variable {
    return typeof holder === "number" ? (this.objects[holder] as tf.Variable) : holder;
  }
}
