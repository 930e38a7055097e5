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
  /** The shape of what a read gives, where that is not the shape of what the Variable holds. */
  shapeOf?(variable: Variable): readonly number[] | undefined;
  /** Takes the value of a write. */
  write(variable: Variable, value: tf.Tensor): void;
}

let active: VariableInterceptor | undefined;

/** The interceptor in force, if any. */
export function activeInterceptor(): VariableInterceptor | undefined {
  return active;
}

/**
 * Runs `fn` with `interceptor` in force instead of the one before, or with none; synchronous.
 *
 * @returns what `fn` returns
 */
export function interceptVariables<T>(interceptor: VariableInterceptor | undefined, fn: () => T): T {
  const outer = active;
  active = interceptor;
  try {
    return fn();
  } finally {
    active = outer;
  }
}

/** The tensors that stand in for the values of Variables. */
let substitutes: ReadonlyMap<Variable, tf.Tensor> | undefined;

/** What stands in for the value of `variable`, if anything does. */
export function substituteOf(variable: Variable): tf.Tensor | undefined {
  return substitutes?.get(variable);
}

/**
 * Runs `fn`, for which the Variables in `values` have the values given there, while they keep their own. What `fn`
 * writes to one of them counts from then on. The tensors stay the caller's.
 */
export function withValues<T>(values: ReadonlyMap<Variable, tf.Tensor>, fn: () => T): T {
  if (values.size === 0) return fn();
  const outer = substitutes;
  substitutes = new Map([...(outer ?? []), ...values]);
  try {
    return fn();
  } finally {
    substitutes = outer;
  }
}

/** Runs `fn`, for which nothing stands in for the values of Variables; it is given what did. */
export function withoutValues<T>(fn: (values: ReadonlyMap<Variable, tf.Tensor>) => T): T {
  const outer = substitutes;
  substitutes = undefined;
  try {
    return fn(outer ?? new Map());
  } finally {
    substitutes = outer;
  }
}

/** Runs `fn`, for which nothing stands in for the values of these Variables. */
export function withoutSubstitutes<T>(variables: ReadonlyMap<Variable, unknown>, fn: () => T): T {
  const outer = substitutes;
  substitutes = outer && new Map([...outer].filter(([variable]) => !variables.has(variable)));
  try {
    return fn();
  } finally {
    substitutes = outer;
  }
}

/** Nothing stands in for the value of `variable` any more: it has been written. */
export function dropSubstitute(variable: Variable): void {
  if (!substitutes?.has(variable)) return;
  substitutes = new Map([...substitutes].filter(([other]) => other !== variable));
}
