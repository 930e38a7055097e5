/** @file Making parameters. */
import * as tf from "@tensorflow/tfjs-core";
import { MissingArgumentError } from "../errors.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { Rngs } from "../random/rngs.ts";
import { Param } from "../variable/types.ts";
import type { VariableMetadata } from "../variable/variable.ts";

/** A parameter of `shape`, made with the next key of the stream `params`. */
export function makeParam(
  init: Initializer,
  shape: readonly number[],
  rngs: Rngs,
  layer: object,
  metadata?: VariableMetadata,
): Param {
  return new Param(initialize(init, shape, rngs, layer), metadata);
}

/** A first value of `shape`, made with the next key of the stream `params`. */
export function initialize(
  init: Initializer,
  shape: readonly number[],
  rngs: Rngs,
  layer: object,
): tf.Tensor {
  if (!(rngs instanceof Rngs)) {
    throw new MissingArgumentError(
      "needs random streams for its parameters. Write { rngs: new Rngs(0) }.",
      layer,
    );
  }
  return tf.tidy(() => init(rngs.key("params"), shape));
}
