/** @file The softmax of rows in WGSL, one workgroup a row. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { LARGEST } from "../arithmetic/shaders.ts";
import { dispatchOf } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";

/** Rows from this length on get a larger workgroup. */
const LONG_ROW = 4096;

/** Softmax along the last axis. A row with a NaN, or whose largest element is infinite, is NaN. */
export const softmaxOnWebGpu: tf.KernelFunc = ({ inputs, backend }) => {
  // The registry erases the types that `runKernel` was called with.
  const { logits } = inputs as { logits: tf.TensorInfo };
  const owner = backend as WebGPUBackend;
  const size = tf.util.sizeFromShape(logits.shape);
  if (size === 0) return owner.makeTensorInfo(logits.shape, "float32");
  const columns = logits.shape.at(-1) ?? 1;
  const rows = size / columns;
  const threads = columns < LONG_ROW ? 64 : 256;
  const program = {
    shaderKey: `nnx_softmax_${threads}`,
    variableNames: ["logits"],
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: dispatchOf(rows),
    workgroupSize: [threads, 1, 1] satisfies [number, number, number],
    uniforms: "rows : i32, columns : i32, ",
    getUserCode: () => codeOf(threads),
  };
  const uniforms = [rows, columns].map((value) => ({ type: "int32", data: [value] }));
  const result = owner.runWebGPUProgram(program, [flat(logits)], "float32", uniforms);
  return { ...result, shape: logits.shape };
};

function codeOf(threads: number): string {
  const reduced = (combined: string) => `
    workgroupBarrier();
    for (var reach = ${threads / 2}; reach > 0; reach = reach / 2) {
      if (thread < reach) { partial[thread] = ${combined}; }
      workgroupBarrier();
    }
  `;
  return `
    var<workgroup> partial : array<f32, ${threads}>;
    fn powerOf(value : f32, largest : f32) -> f32 {
      let below = value - largest;
      return select(exp(below), 0.0, below < -104.0);
    }
    fn main(index : i32) {
      let thread = i32(localId.x);
      // A rectangle of workgroups may have more of them than there are rows; those do the last one again.
      let start = min(index / ${threads}, uniforms.rows - 1) * uniforms.columns;
      var largest = -uniforms.INFINITY;
      for (var i = thread; i < uniforms.columns; i += ${threads}) {
        let value = logits[start + i];
        largest = select(max(largest, value), uniforms.INFINITY, isnan(value));
      }
      partial[thread] = largest;
      ${reduced("max(partial[thread], partial[thread + reach])")}
      largest = partial[0];
      workgroupBarrier();
      var sum = 0.0;
      for (var i = thread; i < uniforms.columns; i += ${threads}) {
        sum += powerOf(logits[start + i], largest);
      }
      partial[thread] = sum;
      ${reduced("partial[thread] + partial[thread + reach]")}
      sum = partial[0];
      for (var i = thread; i < uniforms.columns; i += ${threads}) {
        let share = powerOf(logits[start + i], largest) / sum;
        result[start + i] = select(uniforms.NAN, share, abs(largest) <= ${LARGEST});
      }
    }
  `;
}
