/** @file Programs that wait for values, which webgpu cannot give at once. */
import * as tf from "@tensorflow/tfjs-core";

/** As `tf.tidy`, for a function that waits. Nothing else may make tensors meanwhile. */
export async function tidied<T>(run: () => Promise<T>): Promise<T> {
  tf.engine().startScope();
  try {
    return await run();
  } finally {
    tf.engine().endScope();
  }
}

/** The first element of a tensor. */
export async function first(tensor: tf.Tensor): Promise<number> {
  const [value] = await tensor.data();
  return value!;
}
