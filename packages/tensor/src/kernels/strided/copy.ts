/** @file Copies elements by strides in JavaScript, whatever their dtype. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";
import { eachRow, type Strides } from "./walk.ts";

/** A tensor of `shape` whose elements are those of `x` that `strides` lead to. */
export function copyOn(
  host: Host,
  backend: object,
  x: tf.TensorInfo,
  shape: readonly number[],
  strides: Strides,
): tf.TensorInfo {
  // Made before the input is read: it may grow wasm's heap, which cuts off views of it.
  const [info, output] = host.make(backend, { shape, dtype: x.dtype });
  const values = host.read(backend, x, "");
  const length = shape.at(-1) ?? 1;
  const step = strides.steps.at(-1) ?? 1;
  eachRow(shape, strides, strides, (row, from) => {
    for (let i = 0; i < length; i++) output[row + i] = values[from + i * step]!;
  });
  return info;
}
