/** @file A workload's training step by nnx-js: operation by operation, and compiled. */
import { jit, type Jitted } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import type { Setup, Workload } from "../workloads/workload.ts";
import { stepOf } from "../workloads/workload.ts";
import type { Contender } from "./contender.ts";

/** The step of a workload, compiled. */
export type CompiledStep = Jitted<ReturnType<typeof stepOf>>;

/** Run operation by operation. The setup stays the caller's. */
export function nnxEager(workload: Workload, setup: Setup): Contender {
  const step = stepOf(workload);
  return contender("nnx-js, eager", setup, (...args) => tf.tidy(() => step(...args)));
}

/** The compiled step of `workload`; nothing is compiled before its first call. */
export function compiledStep(workload: Workload): CompiledStep {
  return jit(stepOf(workload), { name: `${workload.name} step` });
}

/** Compiled. The setup stays the caller's; `step` is disposed of with the contender. */
export function nnxJit(setup: Setup, step: CompiledStep): Contender {
  return { ...contender("nnx-js, jit", setup, step), dispose: () => step.dispose() };
}

function contender(
  name: string,
  { model, optimizer, rngs }: Setup,
  step: ReturnType<typeof stepOf>,
): Contender {
  let loss: tf.Tensor | undefined;
  return {
    name,
    step(x, y) {
      loss?.dispose();
      loss = step(model, optimizer, x, y, rngs);
    },
    async finish() {
      await loss?.data();
      loss?.dispose();
      loss = undefined;
    },
    dispose() {},
  };
}
