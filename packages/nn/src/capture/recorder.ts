/** @file What a module needs to know of a capture: that there may be someone who records. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Variable } from "../variable/variable.ts";

/** A class of Variables. */
// The parameters of a constructor are contravariant: `never` admits every class.
export type VariableClass = new (...args: never[]) => Variable;

/** Options of `Module#sow`: how values of one name are put together. */
export interface SowOptions<Value, Sum> {
  /** The new sum; by default an array with `value` at its end. */
  reduceFn?: ((sum: Sum, value: Value) => Sum) | undefined;
  /** What the first value is added to; by default an empty array. */
  initFn?: (() => Sum) | undefined;
}

/** Takes what the methods of one module have to tell. */
export interface Recorder {
  sow<Value, Sum>(type: VariableClass, name: string, value: Value, options: SowOptions<Value, Sum>): boolean;
  perturb<T extends tf.Tensor>(type: VariableClass, name: string, value: T): T;
}

/**
 * The attribute with the {@link Recorder} of a module, while a capture runs. Views and clones made meanwhile carry it
 * along.
 */
export const RECORDER = Symbol.for("@nnx-js/nn/recorder");

/** The recorder of `module`, if a capture runs. */
export function recorderOf(module: object): Recorder | undefined {
  return (module as { [RECORDER]?: Recorder })[RECORDER];
}
