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

/** The rule of folding numbers into keys. */
export const randomRules: BatchRules = { ThreefryFoldIn: foldIn };
