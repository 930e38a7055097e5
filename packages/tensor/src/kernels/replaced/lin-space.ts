/** @file Evenly spaced numbers, which backends get by adding up the step, or as NaN where there is one only. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces LinSpace of a backend. */
export const linSpaceOn = (host: Host): readonly ReplacedKernel[] => [
  [
    tf.LinSpace,
    () => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { start, stop, num } = call.attrs as unknown as tf.LinSpaceAttrs;
      const [info, output] = host.make(call.backend, { shape: [num], dtype: "float32" });
      const steps = Math.max(1, num - 1);
      for (let i = 0; i < num; i++) output[i] = i === steps ? stop : start + (i * (stop - start)) / steps;
      return info;
    },
  ],
];
