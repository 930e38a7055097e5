/** @file Turns what the engine says about a trace into errors that speak of the user's code. */
import { DataDependentShapeError } from "@nnx-js/tensor";
import { UnsupportedKernelError } from "./errors.ts";
import { sourceOf } from "./source.ts";

/** The error to throw for one that ended a trace; most stay what they are. */
export function explained(error: unknown, caller: string): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof DataDependentShapeError) {
    return new UnsupportedKernelError(error.kernelName, {
      caller,
      source: sourceOf(error),
      reason: "whose output has a shape that depends on values",
      wayOut: `Run it outside of ${caller}, or compute with a mask of a fixed shape (tf.where).`,
    });
  }
  const [, kernelName] = /Kernel '(.+)' not registered for backend 'nnx-trace'$/.exec(error.message) ?? [];
  if (kernelName === undefined) return error;
  return new UnsupportedKernelError(kernelName, {
    caller,
    source: sourceOf(error),
    reason: "which has no shape rule",
    wayOut: `Give it one: registerShapeRule("${kernelName}", ({ x }) => ({ shape: x.shape, dtype: x.dtype })), from @nnx-js/tensor.`,
  });
}
