/** @file Reductions of rows in JavaScript. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { Host, HostArray } from "../hosts/host.ts";
import { type ReductionAttrs, rowsOf } from "./rows.ts";

/** What a row from `start` to `end` becomes. */
export type ReduceRow = (values: HostArray, start: number, end: number) => number;

/** A reduction by `reduce`, whose result has the given dtype or that of the input. */
export function reduceOn(host: Host, reduce: ReduceRow, dtype?: tf.DataType): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    return compose(call.backend as tf.KernelBackend, host.backendName, (run) => {
      const rows = rowsOf(run, x, call.attrs as unknown as ReductionAttrs);
      const [info, output] = host.make(call.backend, { shape: rows.shape, dtype: dtype ?? x.dtype });
      const values = host.read(call.backend, rows.x, "");
      for (let row = 0; row < rows.count; row++) {
        output[row] = reduce(values, row * rows.length, (row + 1) * rows.length);
      }
      return info;
    });
  };
}

/** The sum in double precision; storing it as int32 wraps it. */
export const sum: ReduceRow = (values, start, end) => {
  let total = 0;
  for (let i = start; i < end; i++) total += values[i]!;
  return total;
};

export const mean: ReduceRow = (values, start, end) => sum(values, start, end) / (end - start);

/** The product in double precision. */
export const product: ReduceRow = (values, start, end) => {
  let total = 1;
  for (let i = start; i < end; i++) total *= values[i]!;
  return total;
};

export const integerProduct: ReduceRow = (values, start, end) => {
  let total = 1;
  for (let i = start; i < end; i++) total = Math.imul(total, values[i]!);
  return total;
};

/** Where the first of the largest elements is, or the first NaN. */
export const argMax: ReduceRow = (values, start, end) => firstOf(values, start, end, 1);

/** Where the first of the smallest elements is, or the first NaN. */
export const argMin: ReduceRow = (values, start, end) => firstOf(values, start, end, -1);

function firstOf(values: HostArray, start: number, end: number, sign: 1 | -1): number {
  let best = start;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) return i - start;
    if (sign * value > sign * values[best]!) best = i;
  }
  return best - start;
}
