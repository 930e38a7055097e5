/** @file Values that a line search reads back. */
import { InvalidArgumentError } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** @throws InvalidArgumentError where values cannot be read at once, on behalf of `caller` */
export function readNumber(scalar: tf.Tensor, caller: string): number {
  try {
    return scalar.dataSync()[0]!;
  } catch (error) {
    const failure = new InvalidArgumentError(
      `${caller}: a line search branches on the values of the loss, which cannot be read here: neither under jit and ` +
        "evalShape, nor at once on webgpu. Update outside of jit on another backend, or write " +
        "lbfgs(0.1, { linesearch: null }).",
    );
    Object.defineProperty(failure, "cause", { value: error });
    throw failure;
  }
}
