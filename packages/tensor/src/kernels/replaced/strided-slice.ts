/** @file TensorFlow.js's StridedSlice mixes up axes where some are dropped or new; this takes what is asked for. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { cpu } from "../hosts/cpu.ts";
import type { Host } from "../hosts/host.ts";
import { wasm } from "../hosts/wasm.ts";
import { onCpuOr, webgpu } from "../hosts/webgpu.ts";
import { copyOn } from "../strided/copy.ts";
import { denseSlice } from "../strided/slice.ts";
import { launchStrided } from "../webgpu/strided.ts";
import type { ReplacedKernel } from "./replacement.ts";

export const cpuStridedSlice: readonly ReplacedKernel[] = [[tf.StridedSlice, () => stridedSliceOn(cpu)]];

/** Its own also gives the bits of floats for int32. */
export const wasmStridedSlice: readonly ReplacedKernel[] = [[tf.StridedSlice, () => stridedSliceOn(wasm)]];

/** Its own also takes int32 through float32. */
export const webGpuStridedSlice: readonly ReplacedKernel[] = [
  [tf.StridedSlice, onCpuOr(stridedSliceOn(webgpu), stridedSliceOnWebGpu)],
];

/** Takes the slice of all axes of the input, where the original is right, and reshapes it. */
export const webGlStridedSlice: readonly ReplacedKernel[] = [
  [
    tf.StridedSlice,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { x } = call.inputs as { x: tf.TensorInfo };
      const slice = denseSlice(x.shape, call.attrs as unknown as tf.StridedSliceAttrs);
      const { begin, strides, sizes } = slice;
      return compose(call.backend as tf.KernelBackend, "webgl", (run) => {
        const end = begin.map((first, i) => first + sizes[i]! * strides[i]!);
        const attrs = {
          begin: [...begin],
          end,
          strides: [...strides],
          beginMask: 0,
          endMask: end.reduce((mask, stop, i) => mask | (stop < 0 ? 1 << i : 0), 0),
          ellipsisMask: 0,
          newAxisMask: 0,
          shrinkAxisMask: 0,
        };
        const isEmpty = slice.shape.includes(0) || x.shape.length === 0;
        const part = isEmpty ? x : run(tf.StridedSlice, { x }, attrs, original);
        return isEmpty && slice.shape.includes(0)
          ? run(tf.Fill, {}, { shape: [...slice.shape], value: 0, dtype: x.dtype })
          : run(tf.Reshape, { x: part }, { shape: [...slice.shape] });
      });
    },
  ],
];

function stridedSliceOn(host: Host): tf.KernelFunc {
  return (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const slice = denseSlice(x.shape, call.attrs as unknown as tf.StridedSliceAttrs);
    // The dropped axes have size 1, and so have new ones: the order of the elements is the same.
    return { ...copyOn(host, call.backend, x, slice.sizes, slice), shape: [...slice.shape] };
  };
}

function stridedSliceOnWebGpu(call: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const { x } = call.inputs as { x: tf.TensorInfo };
  const slice = denseSlice(x.shape, call.attrs as unknown as tf.StridedSliceAttrs);
  const part = launchStrided(call.backend as WebGPUBackend, {
    name: `copy_${x.dtype}`,
    element: "x",
    operands: { x: { info: x, strides: slice } },
    output: { shape: slice.sizes, dtype: x.dtype },
  });
  return { ...part, shape: [...slice.shape] };
}
