/** @file Whose gradients TensorFlow.js uses: it has one registry, and contenders take turns. */
import { registerGradients } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** Those that `@nnx-js/tensor` registers, or those that come with the package `@tensorflow/tfjs`. */
export type GradientSet = "nnx-js" | "TensorFlow.js";

let plain: readonly tf.GradConfig[] | undefined;

/** Loads the gradients of TensorFlow.js, without using them; {@link useGradients} can do so afterwards. */
export async function loadPlainGradients(): Promise<void> {
  if (plain) return;
  clear();
  // Registers them when it is loaded.
  await import("@tensorflow/tfjs");
  plain = allGradients();
  useGradients("nnx-js");
}

/** Gives TensorFlow.js the gradients of `set` in place of all others. */
export function useGradients(set: GradientSet): void {
  if (set === "TensorFlow.js" && !plain)
    throw new Error('expected loadPlainGradients() before useGradients("TensorFlow.js")');
  clear();
  if (set === "nnx-js") registerGradients();
  else plain!.forEach(tf.registerGradient);
}

function clear(): void {
  for (const { kernelName } of allGradients()) tf.unregisterGradient(kernelName);
}

function allGradients(): tf.GradConfig[] {
  const names = new Set(tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName));
  return [...names].flatMap((name) => tf.getGradient(name) ?? []);
}
