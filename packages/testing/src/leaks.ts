/** @file A check that a piece of code leaves no tensor behind. */
import * as tf from "@tensorflow/tfjs-core";

/** How often the memory may differ: what a dropped function held is freed whenever the engine collects it. */
const ATTEMPTS = 3;

/** Runs `step` a few times and fails if the number of tensors or their bytes changed after the first run. */
export async function expectNoLeak(step: () => unknown, runs = 3): Promise<void> {
  await step();
  for (let attempt = 1; ; attempt++) {
    const before = tf.memory();
    for (let i = 0; i < runs; i++) await step();
    const after = tf.memory();
    if (after.numTensors === before.numTensors && after.numBytes === before.numBytes) return;
    if (attempt === ATTEMPTS) {
      throw new Error(
        `leak: ${before.numTensors} tensors (${before.numBytes} B) before, ` +
          `${after.numTensors} tensors (${after.numBytes} B) after ${runs} runs`,
      );
    }
    await collected();
  }
}

/** Resolves when the finalizers of what nothing holds have run. */
async function collected(): Promise<void> {
  (globalThis as { gc?: () => void }).gc?.();
  for (let frame = 0; frame < 5; frame++) await tf.nextFrame();
}
