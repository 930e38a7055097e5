/** @file Gradient of Softmax; `tf.logSoftmax` has no kernel, but its own gradient (see saved-outputs.ts). */
import * as tf from "@tensorflow/tfjs-core";
import { gradient } from "./gradient.ts";

export const softmaxGradients: tf.GradConfig[] = [
  gradient<"logits", tf.SoftmaxAttrs>(tf.Softmax, ["logits"], (dy, { logits }, { dim }) => ({
    logits: () => {
      const y = tf.softmax(logits, dim);
      const weighted = tf.mul(dy, y);
      return tf.sub(weighted, tf.mul(y, tf.sum(weighted, dim, true)));
    },
  })),
];
