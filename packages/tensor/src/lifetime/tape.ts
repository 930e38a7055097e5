/** @file Suspends TensorFlow.js's gradient tape. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * From here on no gradient that is being computed records anything, while new ones may start; gives the function
 * that resumes them.
 *
 * Raising the engine's kernel depth would stop the recording too, but of gradients that start inside as well.
 */
export function suspendTape(): () => void {
  const { state } = tf.engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  // Typed as always there, but null is how the engine writes "no tape".
  state.activeTape = null!;
  state.gradientDepth = 0;
  state.kernelDepth = 0;
  return () => {
    state.activeTape = activeTape;
    state.gradientDepth = gradientDepth;
    state.kernelDepth = kernelDepth;
  };
}
