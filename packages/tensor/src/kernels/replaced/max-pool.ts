/** @file Pooling in JavaScript, for the backends whose own is wrong. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { PoolAttrs } from "../../convolution/window-axes.ts";
import { compose } from "../compose.ts";
import { cpu } from "../hosts/cpu.ts";
import type { Host } from "../hosts/host.ts";
import { wasm } from "../hosts/wasm.ts";
import { sumsFor } from "../indexing/scatter-on-host.ts";
import { geometryOf, pooledShape } from "../pooling/geometry.ts";
import { largestOf, meansOf, NONE } from "../pooling/largest.ts";
import { hasNaN } from "../simd/has-nan.ts";
import { isLong } from "../sums/long.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

function maxPoolGradOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The kernel's own inputs and attributes, which the registry hands over untyped.
    const { dy, input } = inputs as { dy: tf.TensorInfo; input: tf.TensorInfo };
    const [info, dx] = host.make(backend, { shape: input.shape, dtype: "float32" });
    const gradients = host.read(backend, dy, tf.MaxPoolGrad);
    const values = host.read(backend, input, tf.MaxPoolGrad);
    const sums = sumsFor(dx);
    largestOf(values, geometryOf(input, attrs as unknown as PoolAttrs)).forEach((from, i) => {
      if (from !== NONE) sums[from]! += gradients[i]!;
    });
    dx.set(sums);
    return info;
  };
}

function maxPoolOn(host: Host): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The kernel's own inputs and attributes, which the registry hands over untyped.
    const x = inputs["x"] as tf.TensorInfo;
    const geometry = geometryOf(x, attrs as unknown as PoolAttrs);
    const [info, y] = host.make(backend, { shape: pooledShape(geometry), dtype: x.dtype });
    const values = host.read(backend, x, tf.MaxPool);
    largestOf(values, geometry).forEach((from, i) => (y[i] = from === NONE ? -Infinity : values[from]!));
    return info;
  };
}

const averagePool: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  const x = inputs["x"] as tf.TensorInfo;
  const geometry = geometryOf(x, attrs as unknown as PoolAttrs);
  const [info, y] = wasm.make(backend, { shape: pooledShape(geometry), dtype: "float32" });
  y.set(meansOf(wasm.read(backend, x, tf.AvgPool), geometry));
  return info;
};

/** Means over so many elements that float32 loses digits: of all of them by Mean, of smaller windows in JavaScript. */
const averageIfLong: Replacement = (original) => (call) => {
  const x = call.inputs["x"] as tf.TensorInfo;
  const { axes } = geometryOf(x, call.attrs as unknown as PoolAttrs);
  if (!isLong(axes.reduce((terms, { size }) => terms * size, 1))) return original(call);
  const isOfAll = axes.every(
    ({ input, output, size, low }) => output === 1 && low <= 0 && size - low >= input,
  );
  if (!isOfAll) return averagePool(call);
  return compose(call.backend as tf.KernelBackend, wasm.backendName, (run) =>
    run(tf.Mean, { x }, { axis: axes.map((_, i) => i + 1), keepDims: true }),
  );
};

/**
 * The original, which is fast, where it is right: it takes sizes that are rounded up for others, and a NaN for the
 * lowest number.
 */
function unlessRoundedOrNaN(ours: tf.KernelFunc): Replacement {
  return (original) => (call) => {
    const x = call.inputs["x"] as tf.TensorInfo;
    const { dimRoundingMode } = call.attrs as unknown as PoolAttrs;
    const isRounded = dimRoundingMode !== undefined && dimRoundingMode !== "floor";
    return isRounded || x.dtype !== "float32" || hasNaN(call.backend as BackendWasm, x) ? ours(call) : original(call); // prettier-ignore
  };
}

/** Windows that are larger than the padded input have no place: nothing comes out, where the originals count below 0. */
export function poolingOfNothing(backendName: string): readonly ReplacedKernel[] {
  const replace: Replacement = (original) => (call) => {
    const x = call.inputs["x"] as tf.TensorInfo;
    const geometry = geometryOf(x, call.attrs as unknown as PoolAttrs);
    const shape = pooledShape(geometry);
    if (!shape.includes(0)) return original(call);
    return compose(call.backend as tf.KernelBackend, backendName, (run) =>
      run(tf.Fill, {}, { shape, value: 0, dtype: x.dtype }),
    );
  };
  return [tf.AvgPool, tf.AvgPool3D, tf.MaxPool, tf.MaxPool3D].map((name): ReplacedKernel => [name, replace]);
}

const maxPoolWithArgmax: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  const x = inputs["x"] as tf.TensorInfo;
  const { includeBatchInIndex, ...pool } = attrs as unknown as PoolAttrs & { includeBatchInIndex: boolean };
  const geometry = geometryOf(x, pool);
  const shape = pooledShape(geometry);
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

/** Replaces the gradients of cpu, which go to the last of several largest elements, and pooling that skips NaN. */
export const cpuMaxPool: readonly ReplacedKernel[] = [
  [tf.MaxPool, () => maxPoolOn(cpu)],
  [tf.MaxPool3D, () => maxPoolOn(cpu)],
  [tf.MaxPoolGrad, () => maxPoolGradOn(cpu)],
  [tf.MaxPool3DGrad, () => maxPoolGradOn(cpu)],
];

/**
 * Replaces the kernels of wasm that start their maximum at the smallest positive number instead of the lowest, so that
 * windows of negative numbers come out as 0. The two-dimensional forward kernel is another one.
 */
export const wasmMaxPool: readonly ReplacedKernel[] = [
  [tf.AvgPool, unlessRoundedOrNaN(averagePool)],
  [tf.AvgPool, averageIfLong],
  [tf.AvgPool3D, averageIfLong],
  [tf.MaxPool, unlessRoundedOrNaN(maxPoolOn(wasm))],
  [tf.MaxPool3D, () => maxPoolOn(wasm)],
  [tf.MaxPoolGrad, () => maxPoolGradOn(wasm)],
  [tf.MaxPool3DGrad, () => maxPoolGradOn(wasm)],
  [tf.MaxPoolWithArgmax, () => maxPoolWithArgmax],
];
