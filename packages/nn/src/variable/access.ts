/** @file The one place through which every Variable is made, read and written, so that tracers can step in. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Variable } from "./variable.ts";

/** Sees every access to every Variable while it is active; `evalShape` and compilers are such. */
export interface VariableInterceptor {
  /** The tensor that a new Variable takes instead of the one it is given; that one, when this is missing. */
  adopt?(value: tf.Tensor): tf.Tensor;
  /** A Variable was made, with its first value in place. */
  created(variable: Variable): void;
  /** The value that a read gives. */
  read(variable: Variable): tf.Tensor;
  /** Takes the value of a write. */
  write(variable: Variable, value: tf.Tensor): void;
}

let active: VariableInterceptor | undefined;

/** The interceptor in force, if any. */
export function activeInterceptor(): VariableInterceptor | undefined {
  return active;
}

/**
 * Runs `fn` with `interceptor` in force instead of the one before; synchronous.
 *
 * @returns what `fn` returns
 */
export function interceptVariables<T>(interceptor: VariableInterceptor, fn: () => T): T {
  const outer = active;
  active = interceptor;
  try {
    return fn();
  } finally {
    active = outer;
  }
}
