/** @file The check that nothing is saved in a function that is traced. */
import { InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** @throws InvalidArgumentError where tensors have no values: a function is being traced, by a backend of its own */
export function assertValues(caller: string): void {
  if (tf.findBackendFactory(tf.getBackend()) !== null) return;
  throw new InvalidArgumentError(
    `${caller}: expected tensors with values, found a function that is traced. Call it outside of jit and evalShape.`,
  );
}
