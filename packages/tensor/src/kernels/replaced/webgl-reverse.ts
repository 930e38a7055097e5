/** @file Flipping of more than four axes, which the webgl backend refuses, and of none, for which it flips the only axis. */
import * as tf from "@tensorflow/tfjs-core";
import { composed } from "../composed.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces Reverse: axes are flipped one after the other, as one of three. */
export const webGlReverse: readonly ReplacedKernel[] = [
  [
    tf.Reverse,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { x } = call.inputs as { x: tf.TensorInfo };
      const { dims } = call.attrs as unknown as tf.ReverseAttrs;
      const isEasy = x.shape.length <= 4 && [dims].flat().length > 0;
      return isEasy ? original(call) : axisByAxis(call);
    },
  ],
];

const axisByAxis = composed<"x", tf.ReverseAttrs>(({ x }, { dims }) =>
  tf.util.parseAxisParam(dims, x.shape).reduce<tf.Tensor>((flipped, axis) => {
    const lead = tf.util.sizeFromShape(x.shape.slice(0, axis));
    const rest = tf.util.sizeFromShape(x.shape.slice(axis + 1));
    return tf.reshape(tf.reverse(tf.reshape(flipped, [lead, x.shape[axis]!, rest]), 1), x.shape);
  }, tf.clone(x)),
);
