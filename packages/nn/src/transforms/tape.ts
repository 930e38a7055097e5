/** @file Gradients of a function of tensors through TensorFlow.js's tape. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { withTape } from "../trace/with-tape.ts";

/** The value of a function and its gradients, owned by the scope around the call. */
export interface ValueAndGradients {
  value: tf.Tensor;
  gradients: tf.Tensor[];
}

/**
 * Runs `f` on the tape and differentiates its scalar result with respect to each of `xs`; zeros where it does not
 * depend on one.
 *
 * @throws InvalidArgumentError when the result is no float32 scalar
 */
export function differentiate(f: () => tf.Tensor, xs: readonly tf.Tensor[]): ValueAndGradients {
  let loss: tf.Tensor | undefined;
  const forward = () => (loss = asLoss(f()));
  if (xs.length === 0) return { value: tf.tidy(forward), gradients: [] };
  const { value, grads } = withTape(
    () => tf.engine().gradients(forward, [...xs], undefined, true),
    () => loss?.dispose(),
  );
  // TensorFlow.js types the gradients as always there; with `allowNoGradients` they may be missing.
  const given = grads as (tf.Tensor | undefined)[];
  const gradients = given.map((gradient, i) => {
    if (!gradient) return tf.zerosLike(xs[i]!);
    // Each result is disposed of by itself: the gradient of `a + b` is the same tensor for both.
    return given.indexOf(gradient) === i && !xs.includes(gradient) ? gradient : gradient.clone();
  });
  return { value, gradients };
}

function asLoss(result: tf.Tensor): tf.Tensor {
  if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError("grad", result);
  if (!(result instanceof tf.Tensor)) {
    throw new InvalidArgumentError(
      `Gradient only defined for functions that return a scalar tensor, got ${typeof result}. ` +
        `Return [loss, aux] only with { hasAux: true }.`,
    );
  }
  if (result.rank !== 0) {
    throw new InvalidArgumentError(
      `Gradient only defined for scalar-output functions. Output had shape: [${result.shape.join(", ")}]. ` +
        `Reduce it first: tf.mean(loss) or tf.sum(loss).`,
    );
  }
  if (result.dtype !== "float32") {
    throw new InvalidArgumentError(
      `Gradient only defined for float32 outputs, got ${result.dtype}: comparisons and integers have no gradient.`,
    );
  }
  // The caller owns the result, so it can be neither an argument, a captured tensor nor a Variable's own.
  const isOwn = tf.engine().state.activeScope.track.lastIndexOf(result) >= 0 && !result.kept;
  return isOwn ? result : result.clone();
}
