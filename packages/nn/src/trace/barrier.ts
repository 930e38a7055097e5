/** @file Keeps what is computed again from being merged with what was computed before. */
import { registerShapeRule } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { interpretKernel } from "./special-kernels.ts";
import { tapeNode } from "./tape-node.ts";
import { activeTrace } from "./trace-backend.ts";

/**
 * Gives the tensors of a list as they are. Whoever merges or moves kernels takes each for another tensor, which is there
 * when all of the list are.
 *
 * @see jax.lax.optimization_barrier
 */
export const BARRIER = "OptimizationBarrier";

/** The tensors, which a compiler takes for others; see {@link BARRIER}. */
export function barrier(tensors: readonly tf.Tensor[]): tf.Tensor[] {
  const run = (): tf.Tensor[] => {
    if (!activeTrace()) return tensors.map((tensor) => tf.clone(tensor));
    return [
      tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(BARRIER, [...tensors] as unknown as tf.NamedTensorMap),
    ].flat();
  };
  return tapeNode(tensors, { forward: run, backward: (dys) => dys });
}

registerShapeRule<Record<string, tf.TensorInfo>>(BARRIER, (inputs) =>
  Object.values(inputs).map(({ shape, dtype }) => ({ shape: [...shape], dtype })),
);
interpretKernel(BARRIER, (tensors) => barrier(tensors));
