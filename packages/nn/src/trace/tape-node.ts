/** @file Functions of several tensors with a gradient of their own, on TensorFlow.js's tape. */
import { endingAtZeros, stopGradient, zeroGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** One entry of the tape. */
interface TapeNode {
  readonly outputs: tf.Tensor[];
  readonly saved: tf.Tensor[];
  gradient?: ReturnType<typeof endingAtZeros>;
}

/** The part of TensorFlow.js's engine that runs functions with gradients of their own; not in its published types. */
interface Engine {
  readonly state: { gradientDepth: number; kernelDepth: number; activeTape: TapeNode[] };
  clone(tensor: tf.Tensor): tf.Tensor;
  runKernelFunc(call: {
    readonly forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => tf.Tensor[];
    readonly backwardsFunc: () => Record<string, () => tf.Tensor>;
    readonly inputs: Record<string, tf.Tensor>;
  }): tf.Tensor[];
}

/** A function and its gradient. */
export interface TapeNodeOptions {
  /** Runs without the tape. */
  readonly forward: () => readonly tf.Tensor[];
  /** Which tensors `backward` needs: none unless given. */
  readonly save?: (outputs: readonly tf.Tensor[]) => readonly tf.Tensor[];
  /**
   * From the gradients of the outputs, undefined for those that the loss does not depend on, and what was saved to the
   * gradient of each input; undefined is zero. Made of differentiable operations.
   */
  readonly backward: (
    dys: readonly (tf.Tensor | undefined)[],
    saved: readonly tf.Tensor[],
  ) => readonly (tf.Tensor | undefined)[];
}

/** Whether a tape records what is launched now. */
export function isTaping(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** Runs a function that the tape sees as one operation on `inputs`, with the gradient that it is given. */
export function tapeNode(
  inputs: readonly tf.Tensor[],
  { forward, save, backward }: TapeNodeOptions,
): tf.Tensor[] {
  if (!isTaping()) return [...forward()];
  // These members are private in TypeScript only.
  const engine = tf.engine() as unknown as Engine;
  // The engine looks for a gradient under the name of the scope.
  return tf.tidy("nnx:tapeNode", () => {
    const outputs = engine.runKernelFunc({
      forwardFunc: (_, keep) => {
        const results = [...forward()];
        keep([...(save?.(results) ?? [])]);
        return results;
      },
      backwardsFunc: () => ({}),
      inputs: Object.fromEntries(inputs.entries()),
    });
    const node = engine.state.activeTape.find((each) => each.outputs === outputs);
    // It has just been put there.
    node!.gradient = endingAtZeros((dys) => {
      const { activeTape } = engine.state;
      let gradients: ReturnType<typeof backward>;
      try {
        gradients = backward(
          dys.map((dy) => dy ?? undefined),
          node!.saved,
        );
      } finally {
        // A gradient that is taken in there would end the tape that leads here.
        if (engine.state.gradientDepth === 0) engine.state.activeTape = activeTape;
      }
      return Object.fromEntries(
        inputs.map((input, i) => [
          i,
          // The engine disposes of what it has added up, so each gets a tensor of its own.
          gradients[i] ? () => tf.reshape(gradients[i]!, input.shape) : zeroGradient,
        ]),
      );
    });
    // Kernels of integers have no gradient, and a tape would ask them for it.
    return outputs.map((output) => (output.dtype === "float32" ? output : stopGradient(output)));
  });
}
