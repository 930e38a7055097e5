/** @file What is kept from the forward pass of a function that is computed again for its gradient. */

/** One launch of a kernel, as policies see it. */
export interface CheckpointCandidate {
  /** TensorFlow.js's name of it, such as `BatchMatMul`. */
  readonly kernelName: string;
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShapes: readonly (readonly number[])[];
}

/** Whether the result of an operation is kept, rather than computed again. */
export type CheckpointPolicy = (operation: CheckpointCandidate) => boolean;

const DOTS = new Set(["BatchMatMul", "Einsum", "Int8MatMul", "_FusedMatMul"]);

const isDot: CheckpointPolicy = ({ kernelName }) => DOTS.has(kernelName);

/** A product whose operands share no axis beside the one that is summed: the weights of a layer, not attention. */
const hasNoBatch: CheckpointPolicy = (operation) =>
  isDot(operation) &&
  operation.inputShapes.slice(0, 2).some((shape) => shape.slice(0, -2).every((size) => size === 1));

/**
 * Policies of `remat`, by JAX's names; `nothingSaveable` is the default.
 *
 * @see jax.checkpoint_policies
 */
export const checkpointPolicies = {
  /** Everything is computed again. */
  nothingSaveable: () => false,
  /** Nothing is. */
  everythingSaveable: () => true,
  /** Results of matrix products are kept. */
  dotsSaveable: isDot,
  /** As `dotsSaveable`. */
  checkpointDots: isDot,
  /** Results of matrix products without batch axes are kept, as of `Linear`, but not of attention. */
  dotsWithNoBatchDimsSaveable: hasNoBatch,
  /** As `dotsWithNoBatchDimsSaveable`. */
  checkpointDotsWithNoBatchDims: hasNoBatch,
} as const satisfies Record<string, CheckpointPolicy>;
