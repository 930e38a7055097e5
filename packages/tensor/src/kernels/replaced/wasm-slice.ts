/** @file The wasm backend copies all of a tensor to take a slice of it; these copy the slice. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { wasm } from "../hosts/wasm.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces Slice, and SplitV and Unpack, which are slices of TensorFlow.js's own: a batch of a data set costs what the
 * batch has, whatever the data set has, and all parts of a tensor cost one copy of it.
 */
export const wasmSlice: readonly ReplacedKernel[] = [
  [
    tf.Slice,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with, here and below.
      const { x } = call.inputs as { x: tf.TensorInfo };
      if (x.dtype === "string") return original(call);
      const attrs = call.attrs as unknown as tf.SliceAttrs;
      const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [
        number[],
        number[],
      ];
      tf.slice_util.assertParamsValid(x, begin, size);
      return sliceOf(call.backend as BackendWasm, x, begin, size);
    },
  ],
  [
    tf.SplitV,
    (original) => (call) => {
      const { x } = call.inputs as { x: tf.TensorInfo };
      if (x.dtype === "string") return original(call);
      const attrs = call.attrs as unknown as tf.SplitVAttrs;
      const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0]!;
      const sizes = tf.backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis);
      return partsOf(call.backend as BackendWasm, x, axis, sizes);
    },
  ],
  [
    tf.Unpack,
    (original) => (call) => {
      const { value } = call.inputs as { value: tf.TensorInfo };
      if (value.dtype === "string") return original(call);
      const axis = tf.util.parseAxisParam((call.attrs as unknown as tf.UnpackAttrs).axis, value.shape)[0]!;
      const sizes = Array.from({ length: value.shape[axis]! }, () => 1);
      const shape = value.shape.filter((_, i) => i !== axis);
      return partsOf(call.backend as BackendWasm, value, axis, sizes).map((part) => ({ ...part, shape }));
    },
  ],
];

/** Slices that follow each other along an axis, by their lengths. */
function partsOf(
  backend: BackendWasm,
  x: tf.TensorInfo,
  axis: number,
  sizes: readonly number[],
): tf.TensorInfo[] {
  let end = 0;
  return sizes.map((length) => {
    const begin = x.shape.map((_, i) => (i === axis ? end : 0));
    end += length;
    return sliceOf(
      backend,
      x,
      begin,
      x.shape.map((whole, i) => (i === axis ? length : whole)),
    );
  });
}

function sliceOf(backend: BackendWasm, x: tf.TensorInfo, begin: number[], size: number[]): tf.TensorInfo {
  const [output, to] = wasm.make(backend, { shape: size, dtype: x.dtype });
  copyRuns(wasm.read(backend, x, tf.Slice), x.shape, begin, to, size);
  return output;
}

type Elements = ReturnType<typeof wasm.read>;

/** Copies elements that lie side by side in both at once. */
function copyRuns(
  from: Elements,
  shape: readonly number[],
  begin: readonly number[],
  to: Elements,
  size: readonly number[],
): void {
  if (to.length === 0) return;
  // From this axis on the elements of a run lie side by side.
  let axis = shape.length - 1;
  let step = 1;
  for (; axis > 0 && size[axis] === shape[axis]; axis--) step *= shape[axis]!;
  const length = step * (size[axis] ?? 1);
  const first = step * (begin[axis] ?? 0);
  const copy = (outer: number, start: number, at: number): number => {
    if (outer >= axis) {
      to.set(from.subarray(start + first, start + first + length), at);
      return at + length;
    }
    const stride = strideOf(shape, outer);
    let end = at;
    for (let i = 0; i < size[outer]!; i++) end = copy(outer + 1, start + (begin[outer]! + i) * stride, end);
    return end;
  };
  copy(0, 0, 0);
}

function strideOf(shape: readonly number[], axis: number): number {
  let stride = 1;
  for (let below = axis + 1; below < shape.length; below++) stride *= shape[below]!;
  return stride;
}
