/** @file Gradients of functions with several outputs, through TensorFlow.js's tape. */
import * as tf from "@tensorflow/tfjs-core";
import { tapeNode } from "./tape-node.ts";
import { withTape } from "./with-tape.ts";

/**
 * What `run` gives for `xs`, and the gradient for each of `xs` where the outputs have the gradients that `cotangentsOf`
 * answers (undefined for zero, and for what is no float32). Undefined where the outputs do not depend on one.
 */
export function tapeVjp(
  run: (xs: readonly tf.Tensor[]) => readonly tf.Tensor[],
  xs: readonly tf.Tensor[],
  cotangentsOf: (outputs: readonly tf.Tensor[]) => readonly (tf.Tensor | undefined)[],
): { readonly outputs: readonly tf.Tensor[]; readonly gradients: readonly (tf.Tensor | undefined)[] } {
  let outputs: readonly tf.Tensor[] = [];
  if (xs.length === 0) return { outputs: run(xs), gradients: [] };
  // Copies, so that the same tensor elsewhere counts as a constant.
  const inputs = xs.map((x) => tf.clone(x));
  const end = () => {
    // An output that is an input as it is, or comes twice, is a tensor of its own for the tape.
    outputs = run(inputs).map((output) => tf.clone(output));
    for (const output of outputs) tf.keep(output);
    const [seed] = tapeNode(outputs, {
      forward: () => [tf.scalar(0)],
      backward: () => cotangentsOf(outputs),
    });
    return seed!;
  };
  try {
    const { value, grads } = withTape(() => tf.engine().gradients(end, inputs, undefined, true));
    value.dispose();
    // Some may be missing: TensorFlow.js types them as always there.
    const found = grads as (tf.Tensor | undefined)[];
    const gradients = found.map((gradient, i) =>
      gradient && found.indexOf(gradient) !== i ? tf.clone(gradient) : gradient,
    );
    return { outputs: outputs.map((output) => tf.clone(output)), gradients };
  } finally {
    for (const output of outputs) output.dispose();
    for (const input of inputs) if (!input.isDisposed) input.dispose();
  }
}
