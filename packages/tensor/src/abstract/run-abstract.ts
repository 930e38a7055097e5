/** @file Runs code on shapes and dtypes alone. */
import * as tf from "@tensorflow/tfjs-core";
import { AsyncFunctionError } from "../lifetime/async-function-error.ts";
import { ABSTRACT, AbstractBackend, registerAbstractKernels } from "./abstract-backend.ts";
import { enterBackend } from "./enter-backend.ts";
import { MissingShapeRuleError, NotAbstractError } from "./errors.ts";

/**
 * Runs `fn` with every TensorFlow.js operation inferring only the shape and dtype of its result: nothing is
 * computed, no memory is used, and the backend that was active (or none) is active again afterwards.
 *
 * Tensors made inside are abstract: they have a shape and a dtype but no values, and reading them is an
 * `AbstractValueError`. Those that `fn` has not kept (`tf.keep`) are disposed of at the end, returned ones
 * too: turn results into `{ shape, dtype }` inside. Real tensors may be used inside, and stay as they are.
 * Gradients work inside; the call itself is no part of a gradient around it. `tf.ones`, and `tf.tensor` of
 * values, build a JavaScript array before it is dropped: use `full` for large constants.
 *
 * ```ts
 * runAbstract(() => tf.matMul(abstractTensor([8, 3]), abstractTensor([3, 5])).shape); // => [8, 5]
 * ```
 *
 * @param fn Synchronous; may itself call `runAbstract`.
 * @throws MissingShapeRuleError for a kernel whose shape rule is not known, `AsyncFunctionError` for an
 * asynchronous `fn`.
 * @see jax.eval_shape
 */
export function runAbstract<T>(fn: () => T): T {
  registerAbstractKernels();
  const engine = tf.engine();
  const leave = enterBackend({ name: ABSTRACT, backend });
  engine.startScope("runAbstract");
  try {
    const result = fn();
    if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError("runAbstract", result);
    return result;
  } catch (error) {
    throw withKernelName(error);
  } finally {
    engine.endScope();
    leave();
  }
}

/**
 * A tensor of this shape without values. Only inside `runAbstract`.
 *
 * @param dtype `"float32"` unless given.
 * @throws NotAbstractError outside `runAbstract`.
 */
export function abstractTensor(shape: readonly number[], dtype: tf.DataType = "float32"): tf.Tensor {
  if (tf.getBackend() !== ABSTRACT) throw new NotAbstractError();
  return tf.engine().makeTensorFromTensorInfo(backend.make({ shape: [...shape], dtype }), backend);
}

/** Whether the tensor was made inside `runAbstract`, so that it has no values. */
export function isAbstract(tensor: tf.Tensor): boolean {
  return backend.owns((tensor as Partial<tf.Tensor> | undefined | null)?.dataId);
}

const backend = new AbstractBackend();

/** The engine's own error for a kernel that is not registered speaks of a backend that nobody chose. */
function withKernelName(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [, kernelName] =
    /^Kernel '(.+)' not registered for backend 'nnx-abstract'$/.exec(error.message) ?? [];
  return kernelName === undefined ? error : new MissingShapeRuleError(kernelName, { cause: error });
}
