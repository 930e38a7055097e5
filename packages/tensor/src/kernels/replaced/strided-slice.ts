/** @file TensorFlow.js's StridedSlice mixes up axes where some are dropped or new; this takes what is asked for. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { compose, type RunKernel } from "../compose.ts";
import { cpu } from "../hosts/cpu.ts";
import type { Host } from "../hosts/host.ts";
import { wasm } from "../hosts/wasm.ts";
import { onCpuOr, webgpu } from "../hosts/webgpu.ts";
import { copyOn } from "../strided/copy.ts";
import { type DenseSlice, denseSlice } from "../strided/slice.ts";
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
      const shape = [...slice.shape];
      return compose(call.backend as tf.KernelBackend, "webgl", (run) =>
        shape.includes(0)
          ? run(tf.Fill, {}, { shape, value: 0, dtype: x.dtype })
          : run(tf.Reshape, { x: takenOnWebGl(run, x, slice, original) }, { shape }),
      );
    },
  ],
];

/** The most axes that the original writes code for. */
const MOST_AXES = 4;

/** All at once, or axis by axis, each as the middle one of three. */
function takenOnWebGl(
  run: RunKernel,
  x: tf.TensorInfo,
  { begin, strides, sizes }: DenseSlice,
  original: tf.KernelFunc,
): tf.TensorInfo {
  const rank = x.shape.length;
  if (rank === 0) return x;
  if (rank <= MOST_AXES) return run(tf.StridedSlice, { x }, attrsOf(begin, strides, sizes), original);
  return sizes.reduce((taken, size, axis) => {
    if (strides[axis] === 1 && size === x.shape[axis]) return taken;
    const lead = tf.util.sizeFromShape(taken.shape.slice(0, axis));
    const rest = tf.util.sizeFromShape(taken.shape.slice(axis + 1));
    const rows = run(tf.Reshape, { x: taken }, { shape: [lead, taken.shape[axis]!, rest] });
    const attrs = attrsOf([0, begin[axis]!, 0], [1, strides[axis]!, 1], [lead, size, rest]);
    const part = run(tf.StridedSlice, { x: rows }, attrs, original);
    return run(tf.Reshape, { x: part }, { shape: taken.shape.map((length, i) => (i === axis ? size : length)) }); // prettier-ignore
  }, x);
}

/** The attributes of a strided slice that says each axis. */
function attrsOf(
  begin: readonly number[],
  strides: readonly number[],
  sizes: readonly number[],
): tf.NamedAttrMap {
  const end = begin.map((first, i) => first + sizes[i]! * strides[i]!);
  return {
    begin: [...begin],
    end,
    strides: [...strides],
    beginMask: 0,
    endMask: end.reduce((mask, stop, i) => mask | (stop < 0 ? 1 << i : 0), 0),
    ellipsisMask: 0,
    newAxisMask: 0,
    shrinkAxisMask: 0,
  };
}

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
