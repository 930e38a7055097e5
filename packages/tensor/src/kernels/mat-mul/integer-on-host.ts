/** @file Products of int32 matrices in JavaScript, modulo 2^32. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";
import { broadcastStrides, eachRow } from "../strided/walk.ts";
import { batchOf, commonBatch, matrixOf } from "./batches.ts";

/** Float32 for the original, integers in JavaScript. */
export function integerMatMulOn(host: Host): (original: tf.KernelFunc) => tf.KernelFunc {
  return (original) => (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as unknown as tf.BatchMatMulAttrs;
    if (a.dtype !== "int32" || b.dtype !== "int32") return original(call);
    const [m, k] = matrixOf(a, transposeA);
    const [, n] = matrixOf(b, transposeB);
    const batch = commonBatch(a, b);
    // Made before the inputs are read: it may grow wasm's heap, which cuts off views of it.
    const [info, output] = host.make(call.backend, { shape: [...batch, m, n], dtype: "int32" });
    const [left, right] = [host.read(call.backend, a, tf.BatchMatMul), host.read(call.backend, b, tf.BatchMatMul)]; // prettier-ignore
    const [rowOfA, columnOfA] = transposeA ? [1, m] : [k, 1];
    const [rowOfB, columnOfB] = transposeB ? [1, k] : [n, 1];
    output.fill(0);
    // One matrix as an element, with an axis for the walk's rows.
    const over = [...batch, 1];
    const matrices = (x: tf.TensorInfo) => broadcastStrides([...batchOf(x), 1], over);
    eachRow(over, matrices(a), matrices(b), (matrix, ofA, ofB) => {
      const [to, fromA, fromB] = [matrix * m * n, ofA * m * k, ofB * k * n];
      for (let i = 0; i < m; i++) {
        for (let t = 0; t < k; t++) {
          const factor = left[fromA + i * rowOfA + t * columnOfA]!;
          const row = fromB + t * rowOfB;
          // Storing wraps the sum.
          for (let j = 0; j < n; j++)
            output[to + i * n + j]! += Math.imul(factor, right[row + j * columnOfB]!);
        }
      }
    });
    return info;
  };
}
