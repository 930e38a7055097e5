/** @file Makes second-order gradients flow through outputs that an operation saved for its own gradient. */
import * as tf from "@tensorflow/tfjs-core";

interface TapeNode {
  outputs: tf.Tensor[];
  saved?: tf.Tensor[] | undefined;
}

/** The part of TensorFlow.js's engine that writes the tape; not in its published types. */
interface Recorder {
  state: { activeTape: TapeNode[] };
  addTapeNode(...parts: unknown[]): void;
}

let isConnected = false;

/**
 * Records an operation before the copies that it saved of its outputs, instead of after them.
 *
 * TensorFlow.js looks for what depends on the input in the order of its tape. A copy of an output that stands before
 * the output itself seems to depend on nothing, so that second-order gradients silently lose what flows through it.
 * No gradient in this folder saves such an output, but `tf.logSoftmax` and users' `tf.customGrad` do.
 * Runs once; later calls do nothing.
 */
export function connectSavedOutputs(): void {
  // These members are private in TypeScript only.
  const engine = tf.engine() as unknown as Recorder;
  if (isConnected || typeof engine.addTapeNode !== "function") return;
  isConnected = true;
  const addTapeNode = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (...parts) => {
    addTapeNode(...parts);
    moveBeforeSaved(engine.state.activeTape);
  };
}

function moveBeforeSaved(tape: TapeNode[]): void {
  const node = tape.at(-1);
  const saved = node?.saved;
  if (!node || !saved || saved.length === 0) return;
  let first = tape.length - 1;
  while (first > 0 && tape[first - 1]?.outputs.some((output) => saved.includes(output))) first--;
  if (first === tape.length - 1) return;
  tape.pop();
  tape.splice(first, 0, node);
}
