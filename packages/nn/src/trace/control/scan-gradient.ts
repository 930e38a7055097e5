/** @file The gradient of a loop over slices: a second loop, the other way round. */
import * as tf from "@tensorflow/tfjs-core";
import { activeTrace } from "../trace-backend.ts";
import type { ScanAttrs } from "./kernels.ts";
import { scanVjp } from "./scan-vjp.ts";

type Launch = (inputs: readonly tf.Tensor[], attrs: ScanAttrs) => tf.Tensor[];

/**
 * The gradient function of the kernel. It runs the loop again with what the backward loop needs as further results: the
 * two become one when the trace is finished. Both are launched, so that they have gradients themselves.
 */
export function scanGradient(launch: Launch): tf.GradFunc {
  return (dy, saved, given) => {
    // Which attributes a kernel has is its contract with those who launch it.
    const attrs = given as unknown as ScanAttrs;
    const { body, carries, sequences, length, reverse } = attrs;
    const dys = Array.isArray(dy) ? dy : [dy];
    const { outputs } = body.graph;
    const results = [...outputs.keys()].filter(
      (i) => i >= carries && outputs[i]!.value.dtype === "float32" && !isZero(dys[i]!),
    );
    const { forward, backward, carried, sums, stacked } = scanVjp(attrs, results);
    const kept = launch(saved, { ...attrs, body: forward }).slice(outputs.length);
    const inputs = [
      ...carried.map((i) => dys[i]!),
      ...sums.map((i) => tf.zeros(saved[i]!.shape)),
      ...saved.slice(carries, carries + sequences),
      ...kept,
      ...results.map((i) => dys[i]!),
      ...saved.slice(carries + sequences),
    ];
    const gradients = launch(inputs, {
      body: backward,
      carries: carried.length + sums.length,
      sequences: sequences + kept.length + results.length,
      length,
      reverse: !reverse,
    });
    const found = new Map([...carried, ...sums, ...stacked].map((input, i) => [input, gradients[i]!]));
    return Object.fromEntries(
      saved.map((tensor, i) => [i, () => found.get(i) ?? tf.zeros(tensor.shape)] as const),
    );
  };
}

/** Whether a gradient is known to be zero: of what nothing depends on, TensorFlow.js makes it so. */
export function isZero(tensor: tf.Tensor): boolean {
  return activeTrace()?.isZero(tensor) ?? false;
}
