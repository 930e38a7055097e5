/** @file Initialisers that need no randomness. */
import { InvalidArgumentError } from "../errors.ts";
import { full } from "@nnx-js/tensor";
import { madeBy } from "../graph/made-by.ts";
import type { Initializer } from "./initializer.ts";

/** All elements `value`. @see jax.nn.initializers.constant */
export function constant(value: number): Initializer {
  const init: Initializer = (_key, shape) => {
    if (Array.isArray(shape)) return full([...shape], value);
    throw new InvalidArgumentError(
      `constant(${value}): expected a key and a shape, got ${String(shape)} as the shape. An initializer is given to a ` +
        `layer, { kernelInit: zeros }, or called with both: init(key, [2, 3]).`,
    );
  };
  return madeBy(init, constant, [value]);
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
