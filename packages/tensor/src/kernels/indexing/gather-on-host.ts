/** @file Reading rows at indices in JavaScript. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host, HostArray } from "../hosts/host.ts";
import { fillValue, OUTSIDE, placeOf, rowOf } from "./rule.ts";

/** GatherV2: rows of `x` along an axis. */
export function gatherOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The registry erases the types that `runKernel` was called with.
    const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
    const { axis, batchDims } = attrs as unknown as tf.GatherV2Attrs;
    const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
    const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
    // Made before the inputs are read: it may grow wasm's heap, which cuts off views of it.
    const [result, output] = host.make(backend, { shape: outputShape, dtype: x.dtype });
    const rows = copier(output, host.read(backend, x, tf.GatherV2), sliceSize, fillValue(x.dtype));
    const places = host.read(backend, indices, tf.GatherV2);
    const count = batchSize === 0 ? 0 : tf.util.sizeFromShape(indices.shape) / batchSize;
    for (let list = 0; list < batchSize * outerSize; list++) {
      const first = Math.floor(list / outerSize) * count;
      for (let i = 0; i < count; i++) {
        const row = rowOf(places[first + i]!, dimSize);
        rows(list * count + i, row === OUTSIDE ? OUTSIDE : list * dimSize + row);
      }
    }
    return result;
  };
}

/** GatherNd: slices of `params` at index tuples. */
export function gatherNdOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend }) => {
    const { params, indices } = inputs as { params: tf.TensorInfo; indices: tf.TensorInfo };
    const depth = indices.shape.at(-1) ?? 1;
    const slice = params.shape.slice(depth);
    const shape = [...indices.shape.slice(0, -1), ...slice];
    const [result, output] = host.make(backend, { shape, dtype: params.dtype });
    const size = tf.util.sizeFromShape(slice);
    const rows = copier(output, host.read(backend, params, tf.GatherNd), size, fillValue(params.dtype));
    const places = host.read(backend, indices, tf.GatherNd);
    const count = tf.util.sizeFromShape(indices.shape.slice(0, -1));
    for (let i = 0; i < count; i++) rows(i, placeOf(places, i * depth, params.shape, depth));
    return result;
  };
}

/** Rows from here on are copied by the engine; shorter ones are faster in a loop. */
const LONG_ROW = 32;

/** Writes row `to` of the output: row `from` of the values, or the fill value. */
function copier(
  output: HostArray,
  values: HostArray,
  size: number,
  fill: number,
): (to: number, from: number) => void {
  return (to, from) => {
    const start = to * size;
    if (from === OUTSIDE) output.fill(fill, start, start + size);
    else if (size >= LONG_ROW) output.set(values.subarray(from * size, (from + 1) * size), start);
    else for (let i = 0; i < size; i++) output[start + i] = values[from * size + i]!;
  };
}
