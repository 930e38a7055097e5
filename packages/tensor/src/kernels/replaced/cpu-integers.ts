/** @file Kernels of the cpu backend that take int32 through float32 or a double, and lose its lowest bits. */
import * as tf from "@tensorflow/tfjs-core";
import { INTEGER_BINARY } from "../arithmetic/binary.ts";
import { combineOn, mapOn, type Operands } from "../arithmetic/on-host.ts";
import { INTEGER_UNARY, UNARY } from "../arithmetic/unary.ts";
import { cpu } from "../hosts/cpu.ts";
import type { ReplacedKernel } from "./replacement.ts";

export const cpuIntegers: readonly ReplacedKernel[] = [
  ...[tf.Multiply, tf.Pow, tf.SquaredDifference].map(pair),
  ...[tf.Abs, tf.Square].map(single),
  // Its own is 0 for NaN and for -0.
  [tf.Sign, () => (call) => map(call, UNARY[tf.Sign]!)],
];

type Call = Parameters<tf.KernelFunc>[0];

function map(call: Call, f: (x: number) => number): tf.TensorInfo {
  // The registry erases the types that `runKernel` was called with.
  const { x } = call.inputs as { x: tf.TensorInfo };
  return mapOn(cpu, call.backend, x, x.dtype, f);
}

function single(name: string): ReplacedKernel {
  const exact = INTEGER_UNARY[name] ?? UNARY[name]!;
  return [name, (original) => (call) => (call.inputs["x"]!.dtype === "int32" ? map(call, exact) : original(call))]; // prettier-ignore
}

function pair(name: string): ReplacedKernel {
  const exact = INTEGER_BINARY[name]!;
  return [
    name,
    (original) => (call) => {
      const { a, b } = call.inputs as unknown as Operands;
      const isInteger = a.dtype === "int32" && b.dtype === "int32";
      return isInteger ? combineOn(cpu, call.backend, { a, b }, "int32", exact) : original(call);
    },
  ];
}
