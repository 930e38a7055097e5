/** @file The wasm backend's matrix product forgets the shape of its right operand; this keeps watch over it. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "./replace.ts";

/** The shape with which the memory of a tensor first was a right operand. */
const packedShapes = new WeakMap<tf.DataId, string>();

/**
 * Replaces wasm's matrix products. They pack the right operand once for each piece of memory, and know it again by
 * that memory alone: after `matMul(a, x)`, `matMul(c, reshape(x))` multiplied by `x` in its first shape. Here, memory
 * that comes in another shape is copied first.
 */
export function replaceWasmMatMul(): void {
  for (const kernelName of [tf.BatchMatMul, tf._FusedMatMul]) {
    replaceKernel(kernelName, "wasm", (original) => (params) => {
      // Both kernels have the right operand b.
      const b = params.inputs["b"] as tf.TensorInfo;
      const shape = b.shape.join();
      const packed = packedShapes.get(b.dataId);
      if (packed === undefined) packedShapes.set(b.dataId, shape);
      if (packed === undefined || packed === shape) return original(params);
      // The registry hands over backends untyped.
      const backend = params.backend as BackendWasm;
      const copy = backend.makeOutput(b.shape, b.dtype);
      backend.typedArrayFromHeap(copy).set(backend.typedArrayFromHeap(b));
      try {
        return original({ ...params, inputs: { ...params.inputs, b: copy } });
      } finally {
        backend.disposeData(copy.dataId);
      }
    });
  }
}
