/** @file Sums and products along an axis, up to each element, in JavaScript. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";

/** What Cumsum and Cumprod are called with. */
export interface CumulativeAttrs {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

/** The kernel of a backend whose values JavaScript can reach; float32 is added up in double precision. */
export function cumulativeOn(host: Host, kernelName: typeof tf.Cumsum | typeof tf.Cumprod): tf.KernelFunc {
  const first = kernelName === tf.Cumsum ? 0 : 1;
  return ({ inputs, backend, attrs }) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = inputs as { x: tf.TensorInfo };
    const { axis, exclusive, reverse } = attrs as unknown as CumulativeAttrs;
    const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
    // Made before the input is read: it may grow wasm's heap, which cuts off views of it.
    const dtype = tf.upcastType(x.dtype, "int32");
    const [info, output] = host.make(backend, { shape: x.shape, dtype });
    const values = host.read(backend, x, kernelName);
    const combine = combinationOf(kernelName, dtype);
    const length = x.shape[along] ?? 1;
    const inner = tf.util.sizeFromShape(x.shape.slice(along + 1));
    const step = reverse ? -inner : inner;
    for (let block = 0; block < output.length; block += length * inner) {
      for (let line = block; line < block + inner; line++) {
        let at = reverse ? line + (length - 1) * inner : line;
        let total = first;
        for (let i = 0; i < length; i++, at += step) {
          const before = total;
          total = combine(total, values[at]!);
          output[at] = exclusive ? before : total;
        }
      }
    }
    return info;
  };
}

/** Of integers modulo 2^32. */
function combinationOf(kernelName: string, dtype: tf.DataType): (total: number, x: number) => number {
  if (kernelName === tf.Cumsum)
    return dtype === "int32" ? (total, x) => (total + x) | 0 : (total, x) => total + x;
  return dtype === "int32" ? Math.imul : (total, x) => total * x;
}
