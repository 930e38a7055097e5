/** @file What takes part in the comparison of training steps. */
import type * as tf from "@tensorflow/tfjs-core";
import type { MyModel } from "../../guide/model.ts";
import type { Candidate } from "../measure.ts";

/** One way to make the training steps of a workload. */
export interface Contender {
  /** As the table of results names it. */
  readonly name: string;
  /** Trains on one batch. */
  step(x: tf.Tensor, y: tf.Tensor): void | Promise<void>;
  /** Waits until the device has done what was asked of it. */
  finish(): Promise<unknown>;
  dispose(): void;
}

/** A contender with all that it needs. */
export interface Entry extends Candidate {
  /** Frees it, or ends its process. */
  close(): void;
}

/** A contender that trains the guide's model. */
export interface PerceptronContender extends Contender {
  /** The current weights and running statistics, borrowed. */
  weights(): Weights;
}

/** The tensors of the guide's model. */
export interface Weights {
  kernel1: tf.Tensor;
  bias1: tf.Tensor;
  scale: tf.Tensor;
  offset: tf.Tensor;
  kernel2: tf.Tensor;
  bias2: tf.Tensor;
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** The tensors of `model`, borrowed. */
export function weightsOf({ lin1, bn, lin2 }: MyModel): Weights {
  return {
    kernel1: lin1.kernel.value,
    bias1: lin1.bias!.value,
    scale: bn.scale!.value,
    offset: bn.bias!.value,
    kernel2: lin2.kernel.value,
    bias2: lin2.bias!.value,
    mean: bn.mean.value,
    variance: bn.var.value,
  };
}
