/** @file The wasm backend's maximum, minimum, clipping and rectifiers give a number for NaN; these give NaN. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { BINARY, INTEGER_BINARY } from "../arithmetic/binary.ts";
import { combineOn, mapOn, type Operands } from "../arithmetic/on-host.ts";
import { wasm } from "../hosts/wasm.ts";
import { type SimdKernels, simdKernels } from "../simd/instance.ts";
import { broadcastStrides, eachRow } from "../strided/walk.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces Relu, Relu6, ClipByValue, Maximum and Minimum, which also read the bits of int32 and bool as floats. */
export const wasmClamp: readonly ReplacedKernel[] = [
  [tf.Relu, () => clampBy(() => [0, Infinity])],
  [tf.Relu6, () => clampBy(() => [0, 6])],
  [
    tf.ClipByValue,
    () =>
      clampBy((attrs) => {
        const { clipValueMin, clipValueMax } = attrs as unknown as tf.ClipByValueAttrs;
        return [clipValueMin, clipValueMax];
      }),
  ],
  [tf.Maximum, () => extremum(tf.Maximum, "maximum")],
  [tf.Minimum, () => extremum(tf.Minimum, "minimum")],
];

function clampBy(
  boundsOf: (attrs: tf.NamedAttrMap | undefined) => [low: number, high: number],
): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    const backend = call.backend as BackendWasm;
    const [low, high] = boundsOf(call.attrs);
    const simd = x.dtype === "float32" ? simdKernels(backend) : undefined;
    if (!simd) return mapOn(wasm, backend, x, x.dtype, (value) => Math.min(Math.max(value, low), high));
    const output = backend.makeOutput(x.shape, "float32");
    const size = tf.util.sizeFromShape(x.shape);
    simd.clamp(backend.getMemoryOffset(x.dataId), backend.getMemoryOffset(output.dataId), size, low, high);
    return output;
  };
}

/** Rows shorter than this are faster in JavaScript than one call each. */
const WORTH_A_CALL = 16;

function extremum(kernelName: string, name: "maximum" | "minimum"): tf.KernelFunc {
  return (call) => {
    const inputs = call.inputs as unknown as Operands;
    const backend = call.backend as BackendWasm;
    const { dtype } = inputs.a;
    if (dtype !== "float32") return combineOn(wasm, backend, inputs, dtype, INTEGER_BINARY[kernelName]!);
    const shape = tf.backend_util.assertAndGetBroadcastShape(inputs.a.shape, inputs.b.shape);
    const flat = flattened(inputs, shape);
    const simd = simdKernels(backend);
    if (!simd || (flat.shape.at(-1) ?? 1) < WORTH_A_CALL) {
      return combineOn(wasm, backend, inputs, dtype, BINARY[kernelName]!);
    }
    const output = backend.makeOutput(shape, dtype);
    combineRows(backend, simd, name, flat, output);
    return output;
  };
}

interface Flat {
  shape: number[];
  a: tf.TensorInfo;
  b: tf.TensorInfo;
}

/** As one axis, where both operands have all elements or one. */
function flattened({ a, b }: Operands, shape: number[]): Flat {
  const size = tf.util.sizeFromShape(shape);
  const sizes = [a, b].map((x) => tf.util.sizeFromShape(x.shape));
  if (!sizes.every((length) => length === size || length === 1)) return { shape, a, b };
  const [ofA, ofB] = [a, b].map((x, i) => ({ ...x, shape: [sizes[i]!] })) as [tf.TensorInfo, tf.TensorInfo];
  return { shape: [size], a: ofA, b: ofB };
}

function combineRows(
  backend: BackendWasm,
  simd: SimdKernels,
  name: "maximum" | "minimum",
  { shape, a, b }: Flat,
  output: tf.TensorInfo,
): void {
  const [strideA, strideB] = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)];
  const [ofA, ofB, to] = [a, b, output].map(({ dataId }) => backend.getMemoryOffset(dataId)) as [
    number,
    number,
    number,
  ];
  const length = shape.at(-1)!;
  const [isRowA, isRowB] = [strideA.steps.at(-1) === 1, strideB.steps.at(-1) === 1];
  const [valuesA, valuesB] = [wasm.read(backend, a, ""), wasm.read(backend, b, "")];
  eachRow(shape, strideA, strideB, (row, fromA, fromB) => {
    const out = to + 4 * row;
    if (isRowA && isRowB) return simd[name](ofA + 4 * fromA, ofB + 4 * fromB, out, length);
    const bound = isRowA ? valuesB[fromB]! : valuesA[fromA]!;
    const from = isRowA ? ofA + 4 * fromA : ofB + 4 * fromB;
    const [low, high] = name === "maximum" ? [bound, Infinity] : [-Infinity, bound];
    simd.clamp(from, out, length, low, high);
  });
}
