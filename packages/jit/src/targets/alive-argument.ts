/** @file Tensors of a call's arguments. */
import type * as tf from "@tensorflow/tfjs-core";
import { JitArgumentError } from "../errors.ts";
import type { Call } from "./target.ts";

/** A tensor of the arguments. @throws JitArgumentError for one that was disposed of */
export function aliveArgument(name: string, call: Call, leaf: number): tf.Tensor {
  const tensor = call.tensors[leaf]!;
  if (!tensor.isDisposed) return tensor;
  throw new JitArgumentError(
    name,
    `expected tensors, found a disposed one of shape [${tensor.shape.join(", ")}] among the arguments. ` +
      `Dispose of arguments after the call.`,
  );
}
