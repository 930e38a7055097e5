/** @file What TensorFlow.js leaves of gradients that fail. */
import * as tf from "@tensorflow/tfjs-core";

/** When `run` throws, TensorFlow.js would leave the tensors that its tape saved, and those that `free` frees. */
export function withTape<T>(run: () => T, free?: () => void): T {
  const { state } = tf.engine();
  try {
    return run();
  } catch (error) {
    free?.();
    if (state.gradientDepth === 0 && state.activeTape) {
      for (const node of state.activeTape) for (const tensor of node.saved ?? []) tensor.dispose();
      state.activeTape = [];
    }
    throw error;
  }
}
