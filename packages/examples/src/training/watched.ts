/** @file Training before the eyes of whoever started it. */
import { progressBar, type Watcher } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";

/** What a watched run tells, and what it listens to. */
export interface Watch {
  /** Shows the steps done, where somebody looks: a log or a pipe stays clean. */
  watch: readonly Watcher[];
  /** Ctrl-C. */
  signal: AbortSignal;
}

/** Runs `train` with a progress bar and a signal that the first Ctrl-C gives; the second quits at once. */
export async function watched<T>(train: (watch: Watch) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once("SIGINT", stop);
  console.log(
    `Training on ${tf.getBackend()}. Ctrl-C stops after the current step and keeps what was learned.`,
  );
  try {
    return await train({ watch: process.stderr.isTTY ? [progressBar()] : [], signal: interrupt.signal });
  } finally {
    process.off("SIGINT", stop);
  }
}
