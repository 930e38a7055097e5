/** @file TensorFlow.js's cumulative sums and products go wrong along a negative axis: these count it from the end. */
import * as tf from "@tensorflow/tfjs-core";
import { cumulativeOn, type CumulativeAttrs } from "../cumulative/on-host.ts";
import { cpu } from "../hosts/cpu.ts";
import type { Host } from "../hosts/host.ts";
import { wasm } from "../hosts/wasm.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

export const cpuCumulative: readonly ReplacedKernel[] = onHost(cpu);
export const wasmCumulative: readonly ReplacedKernel[] = onHost(wasm);

export const gpuCumulative: readonly ReplacedKernel[] = [
  [tf.Cumsum, alongAxisFromStart],
  [tf.Cumprod, alongAxisFromStart],
];

function onHost(host: Host): readonly ReplacedKernel[] {
  return [
    [tf.Cumsum, () => cumulativeOn(host, tf.Cumsum)],
    [tf.Cumprod, () => cumulativeOn(host, tf.Cumprod)],
  ];
}

function alongAxisFromStart(original: tf.KernelFunc): ReturnType<Replacement> {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { axis } = call.attrs as unknown as CumulativeAttrs;
    const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
    return original({ ...call, attrs: { ...call.attrs, axis: along } });
  };
}
