/** @file Makes second-order gradients flow through what `tf.customGrad` computed on the way and saved. */
import * as tf from "@tensorflow/tfjs-core";

type Custom = (...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
  value: tf.Tensor;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
};

/** The part of TensorFlow.js's engine that runs such functions; not in its published types. */
interface Recorder {
  state: { gradientDepth: number };
  customGrad(f: Custom): (...inputs: tf.Tensor[]) => tf.Tensor;
}

let isConnected = false;

/**
 * Computes again, inside the gradient, what `tf.customGrad` saved that is neither an input nor the output.
 *
 * Nothing is recorded while such a function runs, so that what it saved of its way is a constant to a second-order
 * gradient: that of `tf.losses.softmaxCrossEntropy` is 0 in plain TensorFlow.js. Only where a gradient of a gradient
 * is taken is anything computed twice. Runs once; later calls do nothing.
 */
export function connectSavedIntermediates(): void {
  // These members are private in TypeScript only.
  const engine = tf.engine() as unknown as Recorder;
  if (isConnected || typeof engine.customGrad !== "function") return;
  isConnected = true;
  const customGrad = engine.customGrad.bind(engine);
  engine.customGrad = (f) => {
    const [once, again] = [customGrad(f), customGrad(recomputing(f))];
    return (...inputs) => (engine.state.gradientDepth > 1 ? again : once)(...inputs);
  };
}

function recomputing(f: Custom): Custom {
  return (...args) => {
    // TensorFlow.js gives the function that saves tensors after the inputs.
    const [inputs, save] = [args.slice(0, -1) as tf.Tensor[], args.at(-1) as tf.GradSaveFunc];
    let kept: tf.Tensor[] = [];
    const { value, gradFunc } = f(...inputs, (tensors: tf.Tensor[]) => {
      kept = tensors;
      save([...tensors, ...inputs]);
    });
    // The tape connects inputs, and outputs as well (see saved-outputs.ts).
    if (kept.every((tensor) => tensor === value || inputs.includes(tensor))) {
      const count = kept.length;
      return { value, gradFunc: (dy, saved) => gradFunc(dy, saved.slice(0, count)) };
    }
    return {
      value,
      gradFunc: (dy, saved) => {
        let recomputed: tf.Tensor[] = [];
        const second = f(...saved.slice(-inputs.length), (tensors: tf.Tensor[]) => {
          recomputed = tensors;
        });
        return second.gradFunc(dy, recomputed);
      },
    };
  };
}
