/** @file Turning sequences round in time. */
import * as tf from "@tensorflow/tfjs-core";

/** How a tensor of sequences is laid out: `[...batch, time, ...features]`, or `[time, ...batch, ...features]`. */
export interface SequenceLayout {
  /** How many batch axes there are. */
  batchRank: number;
  timeMajor: boolean;
}

/**
 * The steps of `x` in reverse order.
 *
 * With `lengths` (int32, of the shape of the batch) each sequence is turned within its own length, so that the padding
 * stays at the end: lengths `[1, 2]` turn `[[1, 0, 0], [2, 3, 0]]` into `[[1, 0, 0], [3, 2, 0]]`.
 *
 * @see flax.nnx.nn.recurrent.flip_sequences
 */
export function flipSequences(
  x: tf.Tensor,
  lengths: tf.Tensor | undefined,
  { batchRank, timeMajor }: SequenceLayout,
): tf.Tensor {
  if (!lengths) return tf.reverse(x, timeMajor ? 0 : batchRank);
  if (!timeMajor) return flipBatchMajor(x, lengths);
  const axes = [...x.shape.keys()];
  const [time, ...batch] = axes.slice(0, batchRank + 1);
  const features = axes.slice(batchRank + 1);
  const flipped = flipBatchMajor(tf.transpose(x, [...batch, time!, ...features]), lengths);
  return tf.transpose(flipped, [batchRank, ...axes.slice(0, batchRank), ...features]);
}

function flipBatchMajor(x: tf.Tensor, lengths: tf.Tensor): tf.Tensor {
  // Nothing is turned round, and the cpu backend gathers from nothing with an error.
  if (x.size === 0) return x;
  const batchRank = lengths.rank;
  const steps = x.shape[batchRank]!;
  // Step t takes length - 1 - t; below 0, in the padding, the count goes on from the end.
  const indices = tf.sub(tf.expandDims(lengths, -1), tf.range(1, steps + 1, 1, "int32"));
  const wrapped = tf.where(tf.less(indices, 0), tf.add(indices, tf.scalar(steps, "int32")), indices);
  return tf.gather(x, wrapped, batchRank, batchRank);
}
