/** @file The webgpu backend's reversed sums and products along an axis use the length of the first axis they met. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** Reverses the tensor instead, before and after. */
const reversedApart =
  (kernelName: string): Replacement =>
  (original) =>
  (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    const attrs = call.attrs as unknown as tf.CumsumAttrs;
    if (!attrs.reverse) return original(call);
    return compose(call.backend as tf.KernelBackend, "webgpu", (run) => {
      const turned = (info: tf.TensorInfo) => run(tf.Reverse, { x: info }, { dims: [attrs.axis] });
      return turned(run(kernelName, { x: turned(x) }, { ...attrs, reverse: false }, original));
    });
  };

/**
 * Replaces webgpu's Cumsum and Cumprod. A reversed one has the length of its axis in the code of its shader, but not
 * in the name by which the shader is found again.
 */
export const webGpuCumulative: readonly ReplacedKernel[] = [
  [tf.Cumprod, reversedApart(tf.Cumprod)],
  [tf.Cumsum, reversedApart(tf.Cumsum)],
];
