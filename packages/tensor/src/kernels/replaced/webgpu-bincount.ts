/** @file The webgpu backend counts in float32 alone, and has no binary count that compiles; this makes both of sums. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces webgpu's DenseBincount by itself with float32 weights. */
export const webGpuBincount: readonly ReplacedKernel[] = [
  [
    tf.DenseBincount,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { x, weights } = call.inputs as { x: tf.TensorInfo; weights: tf.TensorInfo };
      const { size, binaryOutput = false } = call.attrs as unknown as tf.DenseBincountAttrs;
      const { dtype } = weights;
      const isWeighted = tf.util.sizeFromShape(weights.shape) > 0 && !binaryOutput;
      return compose(call.backend as tf.KernelBackend, "webgpu", (run) => {
        const full = (shape: number[]) => run(tf.Fill, {}, { shape, value: 1, dtype: "float32" });
        const cast = (info: tf.TensorInfo, to: tf.DataType) =>
          info.dtype === to ? info : run(tf.Cast, { x: info }, { dtype: to });
        const counted = isWeighted ? cast(weights, "float32") : full(x.shape);
        const sums = run(tf.DenseBincount, { x, weights: counted }, { size, binaryOutput: false }, original);
        return cast(binaryOutput ? run(tf.Minimum, { a: sums, b: full([]) }) : sums, dtype);
      });
    },
  ],
];
