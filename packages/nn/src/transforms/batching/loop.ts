/** @file Runs a kernel lane by lane. */
import * as tf from "@tensorflow/tfjs-core";
import * as random from "@nnx-js/tensor/random";
import { launchKernel } from "../../trace/special-kernels.ts";
import type { Batched, Lanes } from "./rule.ts";

/** What is launched in each lane. */
interface LoopedCall {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Batched>>;
  readonly attrs: Readonly<tf.NamedAttrMap>;
}

/** One launch for each lane; the outputs are stacked. */
export function loopOverLanes({ kernelName, inputs, attrs }: LoopedCall, { size }: Lanes): Batched[] {
  const slices = Object.entries(inputs).map(([name, { tensor, isBatched }]) => {
    const lanes = isBatched ? lanesOf(tensor, kernelName) : undefined;
    return [name, (lane: number) => lanes?.[lane] ?? tensor] as const;
  });
  const results: tf.Tensor[][] = [];
  for (let lane = 0; lane < size; lane++) {
    const given = Object.fromEntries(slices.map(([name, sliceOf]) => [name, sliceOf(lane)]));
    results.push(launchKernel(kernelName, given, attrs));
  }
  return results[0]!.map((_, i) => ({
    tensor: tf.stack(results.map((outputs) => outputs[i]!)),
    isBatched: true,
  }));
}

/** The tensor of each lane. Operations on floats would round the words of keys on webgl. */
function lanesOf(tensor: tf.Tensor, kernelName: string): tf.Tensor[] {
  const isKeys = kernelName.startsWith("Threefry") && tensor.rank === 2 && tensor.shape[1] === 2;
  if (!isKeys || tensor.dtype !== "int32") return tf.unstack(tensor);
  return Array.from({ length: tensor.shape[0] }, (_, i) => random.take(tensor, i));
}
