/** @file A check that a piece of code leaves no tensor behind. */
import * as tf from "@tensorflow/tfjs-core";

/** Runs `step` a few times and fails if the number of tensors or their bytes grew after the first run. */
export async function expectNoLeak(step: () => unknown, runs = 3): Promise<void> {
  await step();
  const before = tf.memory();
  for (let i = 0; i < runs; i++) await step();
  const after = tf.memory();
  if (after.numTensors !== before.numTensors || after.numBytes !== before.numBytes) {
    throw new Error(
      `leak: ${before.numTensors} tensors (${before.numBytes} B) before, ` +
        `${after.numTensors} tensors (${after.numBytes} B) after ${runs} runs`,
    );
  }
}
