/** @file Checks that tensors have their values still: those who free too early. */
import type * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";

/**
 * Checks that `tensor` was not disposed of.
 *
 * @param what such as `jvp: argument 0`
 * @throws InvalidArgumentError
 */
export function assertAlive(tensor: tf.Tensor, what: () => string): void {
  if (!tensor.isDisposed) return;
  throw new InvalidArgumentError(
    `${what()}: expected a tensor with values, found one of shape [${tensor.shape.join(", ")}] that was disposed of, ` +
      `or that the end of a tidy or scope freed. Dispose of it after the call, or give a copy: x.clone().`,
  );
}
