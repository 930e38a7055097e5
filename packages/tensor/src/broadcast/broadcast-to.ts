/** @file Broadcasting to shapes that may hold a 0. */
import { assertShape } from "../shape-argument.ts";
import * as tf from "@tensorflow/tfjs-core";

/**
 * `x` repeated along its axes of size 1, and along new leading ones, up to `shape`.
 *
 * As `tf.broadcastTo`, which leaves a size of 1 where 0 is asked for: that happens outside of all kernels, so that no
 * kernel can mend it.
 *
 * @throws Error for a shape that `x` does not broadcast to
 * @see jax.numpy.broadcast_to
 */
export function broadcastTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  assertShape(shape, "broadcastTo", "broadcastTo(x, [2, 3])");
  if (!shape.includes(0) || x.rank > shape.length) return tf.broadcastTo(x, [...shape]);
  return tf.tidy(() => {
    const sizes = [...Array<number>(shape.length - x.rank).fill(1), ...x.shape];
    const kept = sizes.map((size, axis) => (size === 1 && shape[axis] === 0 ? 0 : size));
    const cut = tf.slice(
      tf.reshape(x, sizes),
      kept.map(() => 0),
      kept,
    );
    return tf.broadcastTo(cut, [...shape]);
  });
}
