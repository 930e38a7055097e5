/** @file Padding of more than four axes, for which the GPU backends write code that does not compile. */
import * as tf from "@tensorflow/tfjs-core";
import { composed } from "../composed.ts";
import type { ReplacedKernel } from "./replacement.ts";

const axisByAxis = composed<"x", tf.PadV2Attrs>(({ x }, { paddings, constantValue }) =>
  paddings.reduce<tf.Tensor>((padded, [before, after], axis) => {
    if (before + after === 0) return padded;
    const [lead, rest] = [padded.shape.slice(0, axis), padded.shape.slice(axis + 1)];
    const size = padded.shape[axis] ?? 0;
    const rows = tf.reshape(padded, [tf.util.sizeFromShape(lead), size, tf.util.sizeFromShape(rest)]);
    const longer = tf.pad(rows, [[0, 0], [before, after], [0, 0]], constantValue); // prettier-ignore
    return tf.reshape(longer, [...lead, size + before + after, ...rest]);
  }, tf.clone(x)),
);

/** Replaces PadV2 of the GPU backends: more than four axes are padded one after the other. */
export const gpuPad: readonly ReplacedKernel[] = [
  [
    tf.PadV2,
    (original) => (params) => {
      // PadV2 has one input, x.
      const x = params.inputs["x"] as tf.TensorInfo;
      return x.shape.length > 4 ? axisByAxis(params) : original(params);
    },
  ],
];
