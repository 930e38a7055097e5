/** @file Training before the eyes of whoever started it, until Ctrl-C. */
import { progressBar, type Watcher } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";

/** What a run tells, and what it listens to. */
export interface WatchOptions {
  /** Who follows the run: shows the steps done, where somebody looks; a log or a pipe stays clean. */
  watch?: readonly Watcher[] | undefined;
  /** Stops the run after the current step, as Ctrl-C does; the result is that of the steps done. */
  signal?: AbortSignal | undefined;
}

/** Runs `train` with a progress bar and a signal that the first Ctrl-C gives; the second quits at once. */
export async function untilInterrupted<T>(train: (watching: WatchOptions) => Promise<T>): Promise<T> {
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
