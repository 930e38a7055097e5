/** @file UnsortedSegmentSum in JavaScript: the gradient of an embedding. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";
import { sumsFor } from "../indexing/scatter-on-host.ts";

/** The kernel of a backend whose values JavaScript can reach. */
export function unsortedSegmentSumOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The registry erases the types that `runKernel` was called with.
    const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
    const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs;
    const inner = x.shape.slice(segmentIds.shape.length);
    // Made before the inputs are read: it may grow wasm's heap, which cuts off views of it.
    const [output, written] = host.make(backend, { shape: [numSegments, ...inner], dtype: x.dtype });
    const sums = sumsFor(written);
    const values = host.read(backend, x, tf.UnsortedSegmentSum);
    const ids = host.read(backend, segmentIds, tf.UnsortedSegmentSum);
    const width = tf.util.sizeFromShape(inner);
    for (let row = 0; row < ids.length; row++) {
      const id = ids[row]!;
      // As on the other backends, what belongs to no segment is dropped.
      if (id < 0 || id >= numSegments) continue;
      for (let i = 0; i < width; i++) sums[id * width + i]! += values[row * width + i]!;
    }
    written.set(sums);
    return output;
  };
}
