/** @file Tensors that come out of a scope. */
import * as tf from "@tensorflow/tfjs-core";

/** Those of `tensors` that were made in the active scope, each once; copies of the others. */
export function ownTensors(tensors: readonly tf.Tensor[]): tf.Tensor[] {
  const { track } = tf.engine().state.activeScope;
  const taken = new Set<tf.Tensor>();
  return tensors.map((tensor) => {
    const isOwn = !tensor.kept && !taken.has(tensor) && track.includes(tensor);
    taken.add(tensor);
    return isOwn ? tensor : tf.clone(tensor);
  });
}
