/** @file Kernels of the wasm backend that take four bytes for each element, of bool too, which has one. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { wasm } from "../hosts/wasm.ts";
import { copyOn } from "../strided/copy.ts";
import { eachRow, rowMajor } from "../strided/walk.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces Select, which also gives the bits of one dtype for another, Reverse and OneHot. */
export const wasmSelection: readonly ReplacedKernel[] = [
  [
    tf.Select,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { condition, t, e } = call.inputs as unknown as Choices;
      if (t.dtype === e.dtype && t.dtype !== "bool") return original(call);
      const dtype = tf.upcastType(t.dtype, e.dtype);
      return compose(call.backend as BackendWasm, wasm.backendName, (run) => {
        const as = (x: tf.TensorInfo, to: tf.DataType) =>
          x.dtype === to ? x : run(tf.Cast, { x }, { dtype: to });
        const common = dtype === "bool" ? "int32" : dtype;
        const chosen = run(tf.Select, { condition, t: as(t, common), e: as(e, common) }, {}, original);
        return as(chosen, dtype);
      });
    },
  ],
  [
    tf.Reverse,
    (original) => (call) => {
      const { x } = call.inputs as { x: tf.TensorInfo };
      const { dims } = call.attrs as unknown as tf.ReverseAttrs;
      if (x.dtype !== "bool" || x.shape.includes(0)) return original(call);
      const axes = tf.util.parseAxisParam(dims, x.shape);
      const steps = rowMajor(x.shape);
      const start = axes.reduce((sum, axis) => sum + (x.shape[axis]! - 1) * steps[axis]!, 0);
      const turned = steps.map((step, axis) => (axes.includes(axis) ? -step : step));
      return copyOn(wasm, call.backend, x, x.shape, { start, steps: turned });
    },
  ],
  // Its own takes the border's value through float32.
  [
    tf.PadV2,
    (original) => (call) => (call.inputs["x"]!.dtype === "int32" ? padIntegers(call) : original(call)),
  ],
  [
    tf.OneHot,
    () => (call) => {
      const { indices } = call.inputs as { indices: tf.TensorInfo };
      const { dtype, depth, onValue, offValue } = call.attrs as unknown as tf.OneHotAttrs;
      const spec = { shape: [...indices.shape, depth], dtype };
      const [info, output] = wasm.make(call.backend, spec);
      const places = wasm.read(call.backend, indices, tf.OneHot);
      output.fill(offValue);
      for (const [row, place] of places.entries()) {
        if (place >= 0 && place < depth) output[row * depth + place] = onValue;
      }
      return info;
    },
  ],
];

function padIntegers(call: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const { x } = call.inputs as { x: tf.TensorInfo };
  const { paddings, constantValue } = call.attrs as unknown as tf.PadV2Attrs;
  const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
  const [info, output] = wasm.make(call.backend, { shape, dtype: "int32" });
  const values = wasm.read(call.backend, x, tf.PadV2);
  output.fill(constantValue);
  const steps = rowMajor(shape);
  const start = steps.reduce((sum, step, axis) => sum + step * paddings[axis]![0], 0);
  const length = x.shape.at(-1) ?? 1;
  const inside = { start, steps };
  eachRow(x.shape, inside, inside, (from, to) => output.set(values.subarray(from, from + length), to));
  return info;
}

interface Choices {
  condition: tf.TensorInfo;
  t: tf.TensorInfo;
  e: tf.TensorInfo;
}
