/** @file The webgpu backend's UnsortedSegmentSum adds rows of no segment to others, and reads int32 as float32. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces webgpu's UnsortedSegmentSum by itself in float32, with a segment before and after those that are asked for. */
export const webGpuUnsortedSegmentSum: readonly ReplacedKernel[] = [
  [
    tf.UnsortedSegmentSum,
    (original) =>
      ({ inputs, backend, attrs }) => {
        // The registry erases the types that `runKernel` was called with.
        const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
        const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs;
        return compose(backend as tf.KernelBackend, "webgpu", (run) => {
          const scalar = (value: number) => run(tf.Fill, {}, { shape: [], value, dtype: "int32" });
          const bounded = run(tf.Minimum, {
            a: run(tf.Maximum, { a: segmentIds, b: scalar(-1) }),
            b: scalar(numSegments),
          });
          const moved = run(tf.Add, { a: bounded, b: scalar(1) });
          const values = x.dtype === "float32" ? x : run(tf.Cast, { x }, { dtype: "float32" });
          const sums = run(
            tf.UnsortedSegmentSum,
            { x: values, segmentIds: moved },
            { numSegments: numSegments + 2 },
            original,
          );
          const begin = sums.shape.map((_, i) => (i === 0 ? 1 : 0));
          const size = sums.shape.map((length, i) => (i === 0 ? numSegments : length));
          const wanted = run(tf.Slice, { x: sums }, { begin, size });
          return x.dtype === "float32" ? wanted : run(tf.Cast, { x: wanted }, { dtype: x.dtype });
        });
      },
  ],
];
