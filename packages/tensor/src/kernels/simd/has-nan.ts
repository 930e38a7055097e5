/** @file Looks for NaN in a tensor of the wasm backend. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { wasm } from "../hosts/wasm.ts";
import { simdKernels } from "./instance.ts";

/** Whether an element of float32 `x` is NaN. */
export function hasNaN(backend: BackendWasm, x: tf.TensorInfo): boolean {
  const simd = simdKernels(backend);
  const size = tf.util.sizeFromShape(x.shape);
  if (simd) return simd.hasNaN(backend.getMemoryOffset(x.dataId), size) !== 0;
  return wasm.read(backend, x, "").some((value) => Number.isNaN(value));
}
