/** @file The largest of integers on webgpu, whose own compares them as float32, and refuses tensors of nothing. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { launch } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces TopK of the webgpu backend. */
export const webGpuTopK: readonly ReplacedKernel[] = [
  [
    tf.TopK,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { x } = call.inputs as { x: tf.TensorInfo };
      const { k } = call.attrs as unknown as tf.TopKAttrs;
      const backend = call.backend as WebGPUBackend;
      const shape = [...x.shape.slice(0, -1), k];
      if (shape.includes(0))
        return [backend.makeTensorInfo(shape, x.dtype), backend.makeTensorInfo(shape, "int32")];
      return x.dtype === "int32" && !backend.shouldExecuteOnCPU([x])
        ? [ofIntegers(backend, x, shape, "value"), ofIntegers(backend, x, shape, "place")]
        : original(call);
    },
  ],
];

/** Each thread finds the element that as many others come before as its place says: larger ones, or earlier equals. */
function ofIntegers(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  shape: number[],
  want: "value" | "place",
): tf.TensorInfo {
  return launch(backend, {
    name: `top_k_${want}`,
    body: `
      let wanted = index % uniforms.k;
      let start = index / uniforms.k * uniforms.length;
      for (var place = 0; place < uniforms.length; place++) {
        let value = values[start + place];
        var before = 0;
        for (var i = 0; i < uniforms.length && before <= wanted; i++) {
          let other = values[start + i];
          if (other > value || (other == value && i < place)) { before++; }
        }
        if (before == wanted) {
          result[index] = ${want};
          break;
        }
      }
    `,
    inputs: { values: flat(x) },
    uniforms: {
      k: { type: "i32", data: shape.at(-1)! },
      length: { type: "i32", data: x.shape.at(-1)! },
    },
    output: { shape, dtype: "int32" },
  });
}
