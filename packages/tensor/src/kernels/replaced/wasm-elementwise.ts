/** @file Elementwise kernels of the wasm backend that are wrong for a dtype, near 0, or for large integers. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { BINARY, INTEGER_BINARY } from "../arithmetic/binary.ts";
import { combineOn, mapOn, type Operands } from "../arithmetic/on-host.ts";
import { INTEGER_UNARY, SELU_SCALE, SELU_SCALE_ALPHA, UNARY } from "../arithmetic/unary.ts";
import { compose } from "../compose.ts";
import { wasm } from "../hosts/wasm.ts";
import { simdKernels } from "../simd/instance.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** What the original computes rightly of float32, and of nothing else. */
const RIGHT_OF_FLOATS = [
  tf.Abs,
  tf.Acos,
  tf.Acosh,
  tf.Asin,
  tf.Asinh,
  tf.Atan,
  tf.Atanh,
  tf.Exp,
  tf.Expm1,
  tf.IsFinite,
  tf.IsInf,
  tf.IsNan,
  tf.Neg,
  tf.Reciprocal,
  tf.Round,
  tf.Sinh,
  tf.Softplus,
  tf.Square,
];

/** Wrong of float32 too: 0 or a few digits around 0, and no digit of a large angle. */
const WRONG_OF_FLOATS = [tf.Cos, tf.Log1p, tf.Sin, tf.Tan];

/** Kernels of another dtype than their input. */
const RESULTS: Partial<Record<string, tf.DataType>> = {
  [tf.Exp]: "float32",
  [tf.FloorDiv]: "int32",
  [tf.IsFinite]: "bool",
  [tf.IsInf]: "bool",
  [tf.IsNan]: "bool",
};

/** Of two operands, what the original computes rightly of float32 only, and what of float32 and int32. */
const PAIRS_OF_FLOATS = [tf.Atan2, tf.Pow];
const PAIRS_OF_NUMBERS = [tf.Add, tf.Multiply, tf.SquaredDifference, tf.Sub];

type Call = Parameters<tf.KernelFunc>[0];

export const wasmElementwise: readonly ReplacedKernel[] = [
  ...RIGHT_OF_FLOATS.map((name): ReplacedKernel => [name, unless("x", ["float32"], unary(name))]),
  ...WRONG_OF_FLOATS.map((name): ReplacedKernel => [name, () => unary(name)]),
  [tf.Cast, castToBool],
  [tf.LeakyRelu, unless("x", ["float32"], leakyRelu)],
  [tf.Selu, () => selu],
  [tf.Sign, () => sign],
  [tf.Step, unless("x", ["float32", "int32"], step)],
  ...PAIRS_OF_FLOATS.map((name): ReplacedKernel => [name, unless("a", ["float32"], binary(name))]),
  ...PAIRS_OF_NUMBERS.map((name): ReplacedKernel => [name, unless("a", ["float32", "int32"], binary(name))]),
  // Its own loses large quotients, and stops the module at a division by 0.
  [tf.Mod, () => binary(tf.Mod)],
  // Its own says that integers are float32.
  [tf.FloorDiv, () => binary(tf.FloorDiv)],
  [tf.Prelu, prelu],
];

/** The original for an input of one of the dtypes, else `ours`. */
function unless(input: string, dtypes: readonly tf.DataType[], ours: tf.KernelFunc): Replacement {
  return (original) => (call) => (dtypes.includes(call.inputs[input]!.dtype) ? original(call) : ours(call));
}

function unary(name: string): tf.KernelFunc {
  return (call) => {
    const { dtype } = operandOf(call);
    const exact = dtype === "int32" ? INTEGER_UNARY[name] : undefined;
    return map(call, RESULTS[name] ?? dtype, exact ?? UNARY[name]!);
  };
}

function binary(name: string): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const inputs = call.inputs as unknown as Operands;
    const { dtype } = inputs.a;
    const f = (dtype === "float32" ? BINARY : INTEGER_BINARY)[name]!;
    return combineOn(wasm, call.backend, inputs, RESULTS[name] ?? dtype, f);
  };
}

function operandOf(call: Call): tf.TensorInfo {
  return (call.inputs as { x: tf.TensorInfo }).x;
}

function map(call: Call, dtype: tf.DataType, f: (x: number) => number): tf.TensorInfo {
  return mapOn(wasm, call.backend, operandOf(call), dtype, f);
}

/** Its own keeps the lowest byte of the whole part: 256 and 0.5 would be false, and 2 would stay 2. */
function castToBool(original: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { dtype } = call.attrs as unknown as tf.CastAttrs;
    if (dtype !== "bool" || operandOf(call).dtype === "bool") return original(call);
    const x = operandOf(call);
    const [info, output] = wasm.make(call.backend, { shape: x.shape, dtype });
    const values = wasm.read(call.backend, x, tf.Cast);
    for (let i = 0; i < output.length; i++) output[i] = values[i] === 0 ? 0 : 1;
    return info;
  };
}

/** Of what its exponential linear unit gives, which is right around 0. */
function selu(call: Call): ReturnType<tf.KernelFunc> {
  const x = operandOf(call);
  if (x.dtype !== "float32") return unary(tf.Selu)(call);
  return compose(call.backend as BackendWasm, wasm.backendName, (run) => {
    const scaled = (part: tf.TensorInfo, factor: number) =>
      run(tf.Multiply, { a: part, b: run(tf.Fill, {}, { shape: [], value: factor, dtype: "float32" }) });
    const part = (of: tf.TensorInfo, clipValueMin: number, clipValueMax: number) =>
      run(tf.ClipByValue, { x: of }, { clipValueMin, clipValueMax });
    const a = scaled(part(x, 0, Infinity), SELU_SCALE);
    return run(tf.Add, { a, b: scaled(part(run(tf.Elu, { x }), -Infinity, 0), SELU_SCALE_ALPHA) });
  });
}

/** Its own is 0 for what is smaller than 1.2e-7, and for NaN. */
function sign(call: Call): ReturnType<tf.KernelFunc> {
  const x = operandOf(call);
  const backend = call.backend as BackendWasm;
  const simd = x.dtype === "float32" ? simdKernels(backend) : undefined;
  if (!simd) return unary(tf.Sign)(call);
  const output = backend.makeOutput(x.shape, "float32");
  const [from, to] = [backend.getMemoryOffset(x.dataId), backend.getMemoryOffset(output.dataId)];
  simd.sign(from, to, tf.util.sizeFromShape(x.shape));
  return output;
}

function leakyRelu(call: Call): tf.TensorInfo {
  const { alpha } = call.attrs as unknown as tf.LeakyReluAttrs;
  return map(call, "float32", (x) => (x >= 0 ? x : alpha * x));
}

/** Its own takes the slopes of channels for those of anything, as float32, and multiplies what is above 0 by them too. */
function prelu(original: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { x, alpha } = call.inputs as { x: tf.TensorInfo; alpha: tf.TensorInfo };
    const slopes = alpha.shape.slice(alpha.shape.findIndex((size) => size !== 1));
    const isOfChannels =
      tf.util.sizeFromShape(alpha.shape) === 1 ||
      tf.util.arraysEqual(slopes, x.shape.slice(x.shape.length - slopes.length));
    const areFloats = x.dtype === "float32" && alpha.dtype === "float32";
    if (areFloats && isOfChannels && isFinite(call, alpha)) return original(call);
    return combineOn(wasm, call.backend, { a: x, b: alpha }, "float32", sloped);
  };
}

function sloped(x: number, slope: number): number {
  return x < 0 ? x * slope : x;
}

function isFinite(call: Call, x: tf.TensorInfo): boolean {
  return wasm.read(call.backend, x, tf.Prelu).every((value) => Number.isFinite(value));
}

function step(call: Call): tf.TensorInfo {
  const { alpha } = call.attrs as unknown as tf.StepAttrs;
  return map(call, operandOf(call).dtype, (x) => (x > 0 ? 1 : alpha));
}
