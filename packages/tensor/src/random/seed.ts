/** @file The key of a seed. */
import * as tf from "@tensorflow/tfjs-core";
import { NoBackendError } from "../backend/errors.ts";
import { describe } from "./check.ts";
import { RandomArgumentError } from "./errors.ts";

/**
 * The key of a seed: an int32 tensor [2] that holds the uint32 words `[0, seed mod 2^32]`.
 *
 * @param seed an integer; `-1` gives the same key as `2 ** 32 - 1`
 * @throws {RandomArgumentError} if the seed is not a safe integer
 * @throws {NoBackendError} if no backend is loaded
 * @see `jax.random.key`
 */
export function key(seed: number): tf.Tensor1D {
  if (!Number.isSafeInteger(seed)) {
    throw new RandomArgumentError(
      "random.key: seed",
      "an integer",
      describe(seed),
      "For instance random.key(42).",
    );
  }
  try {
    return tf.tensor1d(Int32Array.of(0, seed), "int32");
  } catch (error) {
    // A model begins with its keys: who has forgotten the backend learns it here.
    throw hasBackend() ? error : new NoBackendError();
  }
}

function hasBackend(): boolean {
  return Object.keys(tf.engine().registryFactory).length > 0;
}
