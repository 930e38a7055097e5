/** @file The input that every reference figure is made from. */
import * as tf from "@tensorflow/tfjs-core";

/** `scale * sin(1.7 * i + phase)` over the flat index `i`: deterministic data that any language can rebuild. */
export function wave(shape: number[], scale = 1, phase = 0): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(1.7 * i + phase)),
    shape,
  );
}
