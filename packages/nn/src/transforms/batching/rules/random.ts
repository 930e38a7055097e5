/** @file The batching rule of keys: several of them are one tensor. */
import * as tf from "@tensorflow/tfjs-core";
import { inLanes, laneShape, launch } from "../operands.ts";
import type { Batched, BatchCall, BatchRules } from "../rule.ts";

/** Many keys and numbers at once; those of lanes in lanes in one list. */
function foldIn({ kernelName, inputs, attrs, lanes, outputs }: BatchCall): tf.Tensor {
  const { key, data } = inputs as { key: Batched; data?: Batched };
  /** How many keys a lane gets: more than one where it has lanes of its own. */
  const inner = sizeOf(outputs[0]!.shape) / 2;
  const list = (given: Batched, words: number) => {
    const isOne = sizeOf(laneShape(given)) === words;
    if (isOne && !given.isBatched) return given.tensor;
    const all = inLanes(given, lanes.size);
    const spread = isOne && inner > 1 ? tf.tile(tf.reshape(all, [lanes.size, 1, words]), [1, inner, 1]) : all;
    const n = lanes.size * inner;
    return tf.reshape(spread, words === 2 ? [n, 2] : [n]);
  };
  const keys = { key: list(key, 2), ...(data && { data: list(data, 1) }) };
  return tf.reshape(launch(kernelName, keys, attrs), [lanes.size, ...outputs[0]!.shape]);
}

function sizeOf(shape: readonly number[]): number {
  return tf.util.sizeFromShape([...shape]);
}

/** The keys of all lanes are split together. */
function split({ inputs, attrs, outputs }: BatchCall): tf.Tensor {
  const { tensor } = inputs["key"]!;
  const made = launch("ThreefrySplit", { key: tf.reshape(tensor, [-1, 2]) }, attrs);
  return tf.reshape(made, [tensor.shape[0], ...outputs[0]!.shape]);
}

/** The same row of each list of keys. */
function take({ inputs, attrs, outputs }: BatchCall): tf.Tensor {
  const { tensor } = inputs["keys"]!;
  const keys = tf.reshape(tensor, [-1, ...tensor.shape.slice(-2)]);
  return tf.reshape(launch("ThreefryTake", { keys }, attrs), [tensor.shape[0], ...outputs[0]!.shape]);
}

/** Each key draws what it would draw alone. */
function draw({ inputs, attrs, outputs }: BatchCall): tf.Tensor {
  const { tensor } = inputs["key"]!;
  const key = tf.reshape(tensor, [-1, 2]);
  const shape = [...tensor.shape.slice(0, 1), ...outputs[0]!.shape];
  // A lane with lanes of its own has keys for them, and their axis in its shape.
  const { shape: own } = attrs as { shape: number[] };
  const part = own.slice(tensor.rank - 2);
  return tf.reshape(launch("ThreefryRandom", { key }, { ...attrs, shape: [key.shape[0], ...part] }), shape);
}

/** Rules of keys, and of numbers drawn from them. */
export const randomRules: BatchRules = {
  ThreefryFoldIn: foldIn,
  ThreefryRandom: draw,
  ThreefrySplit: split,
  ThreefryTake: take,
};
