/** @file Maximum pooling in JavaScript, for the backends whose own is wrong. */
import * as tf from "@tensorflow/tfjs-core";
import { type PoolAttrs, poolAxesOf } from "../../convolution/window-axes.ts";
import { cpu } from "../hosts/cpu.ts";
import type { Host } from "../hosts/host.ts";
import { wasm } from "../hosts/wasm.ts";
import { largestOf, NONE, type PoolGeometry } from "../pooling/largest.ts";
import type { ReplacedKernel } from "./replacement.ts";

function maxPoolGradOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The kernel's own inputs and attributes, which the registry hands over untyped.
    const { dy, input } = inputs as { dy: tf.TensorInfo; input: tf.TensorInfo };
    const [info, dx] = host.make(backend, { shape: input.shape, dtype: "float32" });
    const gradients = host.read(backend, dy, tf.MaxPoolGrad);
    const values = host.read(backend, input, tf.MaxPoolGrad);
    dx.fill(0);
    largestOf(values, geometryOf(input, attrs as unknown as PoolAttrs)).forEach((from, i) => {
      if (from !== NONE) dx[from]! += gradients[i]!;
    });
    return info;
  };
}

const maxPool3d: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  // The kernel's own inputs and attributes, which the registry hands over untyped.
  const x = inputs["x"] as tf.TensorInfo;
  const geometry = geometryOf(x, attrs as unknown as PoolAttrs);
  const [info, y] = wasm.make(backend, { shape: outputShape(geometry), dtype: "float32" });
  const values = wasm.read(backend, x, tf.MaxPool3D);
  largestOf(values, geometry).forEach((from, i) => (y[i] = from === NONE ? -Infinity : values[from]!));
  return info;
};

const maxPoolWithArgmax: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  const x = inputs["x"] as tf.TensorInfo;
  const { includeBatchInIndex, ...pool } = attrs as unknown as PoolAttrs & { includeBatchInIndex: boolean };
  const geometry = geometryOf(x, pool);
  const shape = outputShape(geometry);
  const [maximum] = wasm.make(backend, { shape, dtype: "float32" });
  const [positions] = wasm.make(backend, { shape, dtype: "int32" });
  // The second may have grown the heap, which cuts off views of it.
  const [maxima, indices] = [wasm.read(backend, maximum, ""), wasm.read(backend, positions, "")];
  const values = wasm.read(backend, x, tf.MaxPoolWithArgmax);
  const picture = includeBatchInIndex ? Infinity : tf.util.sizeFromShape(x.shape.slice(1));
  largestOf(values, geometry).forEach((from, i) => {
    maxima[i] = from === NONE ? -Infinity : values[from]!;
    indices[i] = from % picture;
  });
  return [maximum, positions];
};

function geometryOf({ shape }: tf.TensorInfo, attrs: PoolAttrs): PoolGeometry {
  return { batch: shape[0] ?? 1, channels: shape.at(-1) ?? 1, axes: poolAxesOf(shape, attrs) };
}

function outputShape({ batch, axes, channels }: PoolGeometry): number[] {
  return [batch, ...axes.map(({ output }) => output), channels];
}

/** Replaces the gradients of cpu, which go to the last of several largest elements, not to the first. */
export const cpuMaxPool: readonly ReplacedKernel[] = [
  [tf.MaxPoolGrad, () => maxPoolGradOn(cpu)],
  [tf.MaxPool3DGrad, () => maxPoolGradOn(cpu)],
];

/**
 * Replaces the kernels of wasm that start their maximum at the smallest positive number instead of the lowest, so that
 * windows of negative numbers come out as 0. The two-dimensional forward kernel is another one, and right.
 */
export const wasmMaxPool: readonly ReplacedKernel[] = [
  [tf.MaxPool3D, () => maxPool3d],
  [tf.MaxPoolGrad, () => maxPoolGradOn(wasm)],
  [tf.MaxPool3DGrad, () => maxPoolGradOn(wasm)],
  [tf.MaxPoolWithArgmax, () => maxPoolWithArgmax],
];
