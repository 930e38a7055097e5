/** @file Kernels that keep no elements in an array of no type, which others cannot slice. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces what joins tensors, and what takes parts of them. */
export const typedNothing = (host: Host): readonly ReplacedKernel[] =>
  [tf.Concat, tf.Pack, tf.GatherNd, tf.Slice].map((kernelName): ReplacedKernel => [
    kernelName,
    (original) => (call) => {
      // Each gives one tensor.
      const result = original(call) as tf.TensorInfo;
      const { shape, dtype } = result;
      if (!shape.includes(0) || (dtype !== "float32" && dtype !== "int32" && dtype !== "bool")) return result;
      // The registry hands over backends untyped.
      (call.backend as tf.KernelBackend).disposeData(result.dataId);
      return host.make(call.backend, { shape, dtype })[0];
    },
  ]);
