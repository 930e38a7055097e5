/** @file Lets operations be recorded that leave out an optional input, such as `tf.batchNorm` without a scale. */
import * as tf from "@tensorflow/tfjs-core";

type Inputs = Record<string, tf.Tensor | null | undefined>;

/** The part of TensorFlow.js's engine that saves what gradients need; not in its published types. */
interface Recorder {
  getTensorsForGradient(kernelName: string, inputs: Inputs, outputs: tf.Tensor[]): (tf.Tensor | undefined)[];
  addTapeNode(kernelName: string, inputs: Inputs, ...others: unknown[]): void;
}

let isAllowed = false;

/**
 * Leaves absent inputs out of what is saved and of the tape; TensorFlow.js copies each, and fails at `undefined`.
 *
 * A gradient that saves an optional input must save it last, to know the others by their places.
 * Runs once; later calls do nothing.
 */
export function allowOptionalInputs(): void {
  // These members are private in TypeScript only.
  const engine = tf.engine() as unknown as Recorder;
  if (isAllowed || typeof engine.getTensorsForGradient !== "function") return;
  isAllowed = true;
  const tensorsOf = engine.getTensorsForGradient.bind(engine);
  engine.getTensorsForGradient = (...call) => tensorsOf(...call).filter(Boolean);
  const addTapeNode = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (kernelName, inputs, ...others) => {
    addTapeNode(kernelName, present(inputs), ...others);
  };
}

function present(inputs: Inputs): Inputs {
  if (Object.values(inputs).every(Boolean)) return inputs;
  return Object.fromEntries(Object.entries(inputs).filter(([, input]) => input));
}
