/** @file Reductions that lose the digits of long sums, int32 through float32, or NaN. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { cpu } from "../hosts/cpu.ts";
import { wasm } from "../hosts/wasm.ts";
import { argMax, argMin, integerProduct, mean, product, reduceOn, sum } from "../reduction/on-host.ts";
import { blocksOf } from "../reduction/blocks.ts";
import { type ReductionAttrs, rowsOf } from "../reduction/rows.ts";
import { simdKernels } from "../simd/instance.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

export const cpuReductions: readonly ReplacedKernel[] = [
  [tf.ArgMax, () => reduceOn(cpu, argMax, "int32")],
  [tf.ArgMin, () => reduceOn(cpu, argMin, "int32")],
  // Its own adds up what it has divided.
  [tf.Mean, () => reduceOn(cpu, mean, "float32")],
  [tf.Prod, ofIntegers(reduceOn(cpu, integerProduct))],
];

/** Sums and means of float32 are added up in double precision. */
export const wasmReductions: readonly ReplacedKernel[] = [
  [tf.ArgMax, () => reduceOn(wasm, argMax, "int32")],
  [tf.ArgMin, () => reduceOn(wasm, argMin, "int32")],
  [tf.Mean, () => addedUp((length) => length)],
  // Its own rounds after each factor.
  [tf.Prod, unlessIntegers(reduceOn(wasm, product))],
  [tf.Sum, unlessIntegers(addedUp(() => 1))],
];

function ofIntegers(ours: tf.KernelFunc): Replacement {
  return (original) => (call) => (call.inputs["x"]!.dtype === "int32" ? ours(call) : original(call));
}

function unlessIntegers(ours: tf.KernelFunc): Replacement {
  return (original) => (call) => (call.inputs["x"]!.dtype === "int32" ? original(call) : ours(call));
}

function addedUp(divisorOf: (length: number) => number): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    const backend = call.backend as BackendWasm;
    const simd = x.dtype === "float32" ? simdKernels(backend) : undefined;
    if (!simd) {
      const onHost = reduceOn(wasm, (values, start, end) => sum(values, start, end) / divisorOf(end - start), "float32"); // prettier-ignore
      return onHost(call);
    }
    const attrs = call.attrs as unknown as ReductionAttrs;
    const blocks = blocksOf(x.shape, attrs);
    if (blocks) {
      const { before, length, after, shape } = blocks;
      const output = backend.makeOutput(shape, "float32");
      const [from, to] = [backend.getMemoryOffset(x.dataId), backend.getMemoryOffset(output.dataId)];
      const divisor = divisorOf(length);
      if (after === 1) simd.sumRows(from, to, before, length, divisor);
      else {
        for (let i = 0; i < before; i++) {
          simd.sumColumns(from + 4 * i * length * after, to + 4 * i * after, length, after, divisor);
        }
      }
      return output;
    }
    return compose(backend, wasm.backendName, (run) => {
      const rows = rowsOf(run, x, attrs);
      const output = backend.makeOutput(rows.shape, "float32");
      const [from, to] = [backend.getMemoryOffset(rows.x.dataId), backend.getMemoryOffset(output.dataId)];
      simd.sumRows(from, to, rows.count, rows.length, divisorOf(rows.length));
      return output;
    });
  };
}
