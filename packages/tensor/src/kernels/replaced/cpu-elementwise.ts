/** @file Elementwise kernels of the cpu backend that lose the lowest bits of int32, NaN, or what is small, or find NaN. */
import * as tf from "@tensorflow/tfjs-core";
import { BINARY, INTEGER_BINARY } from "../arithmetic/binary.ts";
import { combineOn, mapOn, type Operands } from "../arithmetic/on-host.ts";
import { INTEGER_UNARY, UNARY } from "../arithmetic/unary.ts";
import { cpu } from "../hosts/cpu.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

export const cpuElementwise: readonly ReplacedKernel[] = [
  ...[tf.Multiply, tf.SquaredDifference].map(pair),
  ...[tf.Abs, tf.Square].map(single),
  // Its sign is 0 for NaN and for -0; the others are some polynomial or difference around 0.
  ...[tf.Elu, tf.Erf, tf.Selu, tf.Sign].map((name): ReplacedKernel => [
    name,
    () => (call) => map(call, UNARY[name]!),
  ]),
  // Its own is JavaScript's, where powers of 1 may be NaN.
  [tf.Pow, power],
  // Its own adds the divisor where that is an infinity.
  [tf.Mod, () => remainder],
];

type Call = Parameters<tf.KernelFunc>[0];

function map(call: Call, f: (x: number) => number): tf.TensorInfo {
  // The registry erases the types that `runKernel` was called with.
  const { x } = call.inputs as { x: tf.TensorInfo };
  return mapOn(cpu, call.backend, x, x.dtype, f);
}

function remainder(call: Call): tf.TensorInfo {
  const { a, b } = call.inputs as unknown as Operands;
  return combineOn(cpu, call.backend, { a, b }, tf.upcastType(a.dtype, b.dtype), BINARY[tf.Mod]!);
}

function single(name: string): ReplacedKernel {
  const exact = INTEGER_UNARY[name] ?? UNARY[name]!;
  return [name, (original) => (call) => (call.inputs["x"]!.dtype === "int32" ? map(call, exact) : original(call))]; // prettier-ignore
}

function pair(name: string): ReplacedKernel {
  return [name, ofDtype("int32", INTEGER_BINARY[name]!)];
}

function power(original: tf.KernelFunc): tf.KernelFunc {
  const ofIntegers = ofDtype("int32", INTEGER_BINARY[tf.Pow]!)(original);
  return ofDtype("float32", BINARY[tf.Pow]!)(ofIntegers);
}

/** `f` of operands that are both of a dtype. */
function ofDtype(dtype: tf.DataType, f: (a: number, b: number) => number): Replacement {
  return (original) => (call) => {
    const { a, b } = call.inputs as unknown as Operands;
    const isOurs = a.dtype === dtype && b.dtype === dtype;
    return isOurs ? combineOn(cpu, call.backend, { a, b }, dtype, f) : original(call);
  };
}
