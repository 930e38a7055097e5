/** @file Initialisers that need no randomness. */
import { full } from "@nnx-js/tensor";
import { madeBy } from "../graph/made-by.ts";
import type { Initializer } from "./initializer.ts";

/** All elements `value`. @see jax.nn.initializers.constant */
export function constant(value: number): Initializer {
  return madeBy((_key, shape) => full([...shape], value), constant, [value]);
}

/** Zeros, as an initialiser. @see jax.nn.initializers.zeros */
export const zeros: Initializer = constant(0);

/** Ones, as an initialiser. @see jax.nn.initializers.ones */
export const ones: Initializer = constant(1);

/** Gives {@link zeros}. @see flax.nnx.initializers.zeros_init */
export function zerosInit(): Initializer {
  return zeros;
}

/** Gives {@link ones}. @see flax.nnx.initializers.ones_init */
export function onesInit(): Initializer {
  return ones;
}
