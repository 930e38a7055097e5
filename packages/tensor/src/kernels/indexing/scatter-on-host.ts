/** @file Writing, adding and counting at indices in JavaScript. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host, HostArray } from "../hosts/host.ts";
import { OUTSIDE, placeOf } from "./rule.ts";

/** ScatterNd: adds slices of `updates` into zeros. */
export function scatterNdOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The registry erases the types that `runKernel` was called with.
    const { indices, updates } = inputs as { indices: tf.TensorInfo; updates: tf.TensorInfo };
    const { shape } = attrs as unknown as tf.ScatterNdAttrs;
    // Made before the inputs are read: it may grow wasm's heap, which cuts off views of it.
    const [result, output] = host.make(backend, { shape, dtype: updates.dtype });
    const sums = sumsFor(output);
    const add = (to: number, update: number) => {
      sums[to] = sums[to]! + update;
    };
    write({ host, backend, shape, indices, updates }, add);
    output.set(sums);
    return result;
  };
}

/** TensorScatterUpdate: puts slices of `updates` into a copy of `tensor`; of several for one place, the last counts. */
export function tensorScatterUpdateOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend }) => {
    const { tensor, indices, updates } = inputs as {
      tensor: tf.TensorInfo;
      indices: tf.TensorInfo;
      updates: tf.TensorInfo;
    };
    const [result, output] = host.make(backend, tensor);
    output.set(host.read(backend, tensor, tf.TensorScatterUpdate));
    const put = (to: number, update: number) => {
      output[to] = update;
    };
    write({ host, backend, shape: tensor.shape, indices, updates }, put);
    return result;
  };
}

interface Scatter {
  host: Host;
  backend: object;
  shape: readonly number[];
  indices: tf.TensorInfo;
  updates: tf.TensorInfo;
}

function write(
  { host, backend, shape, indices, updates }: Scatter,
  each: (to: number, update: number) => void,
): void {
  const depth = indices.shape.length < 1 ? 1 : indices.shape.at(-1)!;
  const size = tf.util.sizeFromShape(shape.slice(depth));
  const places: HostArray = host.read(backend, indices, tf.ScatterNd);
  const values = host.read(backend, updates, tf.ScatterNd);
  const count = depth === 0 ? 1 : places.length / depth;
  for (let i = 0; i < count; i++) {
    const place = placeOf(places, i * depth, shape, depth);
    if (place === OUTSIDE) continue;
    for (let k = 0; k < size; k++) each(place * size + k, values[i * size + k]!);
  }
}

/** Bincount: how often each number below `size` is in `x`, of any rank. DenseBincount: in each of its rows. */
export function bincountOn(host: Host, kernelName: string): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const { x, weights } = inputs as { x: tf.TensorInfo; weights: tf.TensorInfo };
    const { size, binaryOutput = false } = attrs as unknown as tf.DenseBincountAttrs;
    const isFlat = kernelName === tf.Bincount || x.shape.length < 2;
    const rows = isFlat ? 1 : x.shape[0]!;
    const shape = isFlat ? [size] : [rows, size];
    const [result, output] = host.make(backend, { shape, dtype: weights.dtype });
    const sums = sumsFor(output);
    const [numbers, weight] = [host.read(backend, x, tf.Bincount), host.read(backend, weights, tf.Bincount)];
    const length = numbers.length / Math.max(rows, 1);
    for (const [i, number] of numbers.entries()) {
      if (number < 0 || number >= size) continue;
      const bin = Math.floor(i / length) * size + number;
      sums[bin] = binaryOutput ? 1 : sums[bin]! + (weight.length === 0 ? 1 : weight[i]!);
    }
    output.set(sums);
    return result;
  };
}

/** Zeros to add up what goes to `output`: in double precision, where float32 would lose digits. */
export function sumsFor(output: HostArray): Float64Array | Int32Array {
  return output instanceof Int32Array ? new Int32Array(output.length) : new Float64Array(output.length);
}
