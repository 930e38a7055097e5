/** @file Eager and compiled steps, one way after the other, on a copy of the model. */
import type { Jitted } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import type { Answers, RaceResult } from "../protocol/events.ts";
import { turn, withLimit } from "./limit.ts";
import { disposeAll, type Run, type StepArguments, type StepFunction } from "./run.ts";

/** How long each way is timed, in milliseconds. */
const DURATION = 700;
/** How many steps are handed to the device before it is waited for. */
const AHEAD = 8;

/** Steps a second of both ways, and the launches of one step. */
export async function race(run: Run): Promise<Answers["race"]> {
  const args = await run.copy();
  try {
    const { eager, compiled } = run.steps;
    return {
      eager: { ...(await timed(eager, args)), launches: await kernelsOf(() => eager(...args)) },
      compiled: { ...(await timed(compiled, args)), launches: await launchesOf(compiled, args) },
    };
  } finally {
    disposeAll(args);
  }
}

/** The compiled step as text. */
export async function program(run: Run): Promise<Answers["program"]> {
  const args = await run.copy();
  try {
    const { compiled } = run.steps;
    return { text: compiled.lower(...args), launches: await launchesOf(compiled, args) };
  } finally {
    disposeAll(args);
  }
}

async function timed(step: StepFunction, args: StepArguments): Promise<Pick<RaceResult, "stepsPerSecond">> {
  // Compiles, and fills caches.
  for (let i = 0; i < 2; i++) await finished(step(...args));
  const begin = performance.now();
  let steps = 0;
  let elapsed = 0;
  while (elapsed < DURATION) {
    let last: tf.Scalar | undefined;
    for (let i = 0; i < AHEAD && performance.now() - begin < DURATION; i++) {
      last?.dispose();
      last = step(...args);
      steps++;
    }
    if (last) await finished(last);
    await turn();
    elapsed = performance.now() - begin;
  }
  return { stepsPerSecond: (1000 * steps) / elapsed };
}

/** Waits until the device has computed a loss, and frees it. */
async function finished(loss: tf.Scalar): Promise<void> {
  await withLimit(loss.data(), "a step of the race");
  loss.dispose();
}

async function launchesOf(step: Jitted<StepFunction>, args: StepArguments): Promise<number | null> {
  const { result, target, launches } = await withLimit(step.profile(...args), "counting launches");
  result.dispose();
  if (target === "wasm") return 1;
  return target === "webgpu" ? launches.length : await kernelsOf(() => step(...args));
}

/** How many kernels TensorFlow.js launches. */
async function kernelsOf(fn: () => tf.Scalar): Promise<number> {
  const info = await withLimit(tf.profile(fn), "counting kernels");
  (info.result as tf.Scalar).dispose();
  return info.kernels.length;
}
