/** @file The wasm backend's gather reads the wrong indices from the second batch on; this gathers from all batches as one. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { wasm } from "../hosts/wasm.ts";
import { filled } from "./wasm-empty.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces wasm's GatherV2. With batch dimensions its own takes the number of batches for that of the indices in one,
 * so it is right only where these are equal by chance.
 */
export const wasmGather: readonly ReplacedKernel[] = [
  [
    tf.GatherV2,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { x, indices } = call.inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
      const { axis, batchDims } = call.attrs as unknown as tf.GatherV2Attrs;
      const backend = call.backend as BackendWasm;
      const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
      const { segment_util } = tf.backend_util;
      const info = segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims);
      const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
      // Its own gives what is empty a shape of four axes.
      if (outputShape.includes(0)) return filled(backend, outputShape, x.dtype, 0);
      if (batchDims === 0) return original(call);
      const lists = batchSize * outerSize;
      const count = tf.util.sizeFromShape(indices.shape) / batchSize;
      const [rows, rowNumbers] = wasm.make(backend, { shape: [lists * count], dtype: "int32" });
      const values = wasm.read(backend, indices, tf.GatherV2);
      for (let list = 0; list < lists; list++) {
        const first = Math.floor(list / outerSize) * count;
        for (let i = 0; i < count; i++) {
          const index = values[first + i]!;
          tf.util.assert(
            index >= 0 && index < dimSize,
            () => `GatherV2: the index value ${index} is not in [0, ${dimSize - 1}]`,
          );
          rowNumbers[list * count + i] = list * dimSize + index;
        }
      }
      const result = compose(backend, wasm.backendName, (run) => {
        const table = run(tf.Reshape, { x }, { shape: [lists * dimSize, sliceSize] });
        const taken = run(tf.GatherV2, { x: table, indices: rows }, { axis: 0, batchDims: 0 }, original);
        return run(tf.Reshape, { x: taken }, { shape: outputShape });
      });
      backend.disposeData(rows.dataId);
      return result;
    },
  ],
];
