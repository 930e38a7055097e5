/** @file Counting numbers on GPUs, as adding at indices: TensorFlow.js's own reads values back, or counts what is outside. */
import * as tf from "@tensorflow/tfjs-core";
import { composed } from "../composed.ts";

/** Bincount, of a tensor of any rank, and DenseBincount, of each row. */
export const bincountByScatter = (kernelName: string): tf.KernelFunc =>
  composed<"x" | "weights", tf.DenseBincountAttrs>(({ x, weights }, { size, binaryOutput = false }) => {
    const isFlat = kernelName === tf.Bincount || x.rank < 2;
    const numbers = isFlat ? tf.reshape(x, [1, -1]) : x;
    const [rows = 1, length = 0] = numbers.shape;
    if (rows * length === 0) return tf.zeros(isFlat ? [size] : [rows, size], weights.dtype);
    const row = tf.broadcastTo(tf.reshape(tf.range(0, rows, 1, "int32"), [rows, 1]), [rows, length]);
    const places = tf.reshape(tf.stack([row, numbers], 2), [rows * length, 2]);
    const each = weights.size > 0 ? tf.reshape(weights, [-1]) : tf.ones([rows * length], weights.dtype);
    const counts = tf.scatterND(places, each, [rows, size]);
    const shown = binaryOutput ? tf.cast(tf.notEqual(counts, 0), weights.dtype) : counts;
    return isFlat ? tf.reshape(shown, [size]) : shown;
  });
