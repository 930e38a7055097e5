/** @file Sums of many tensors on webgpu, where a shader can read only some at a time. */
import * as tf from "@tensorflow/tfjs-core";
import type { ReplacedKernel } from "./replacement.ts";

/** How many storage buffers every device lets a shader read, besides the one that it writes. */
const MOST = 7;

/** Replaces webgpu's AddN, which leaves the sum of more than seven tensors as it finds it in memory. */
export const webGpuAddN: readonly ReplacedKernel[] = [
  [
    tf.AddN,
    (original) => (params) => {
      // AddN is called with a list, under the type of a map.
      const tensors = params.inputs as unknown as tf.TensorInfo[];
      const backend = params.backend as tf.KernelBackend;
      // One output, not a list.
      const add = (terms: tf.TensorInfo[]) =>
        original({ ...params, inputs: terms as unknown as tf.NamedTensorInfoMap }) as tf.TensorInfo;
      let sum = add(tensors.slice(0, MOST));
      for (let next = MOST; next < tensors.length; next += MOST - 1) {
        const partial = sum;
        sum = add([partial, ...tensors.slice(next, next + MOST - 1)]);
        backend.disposeData(partial.dataId);
      }
      return sum;
    },
  ],
];
