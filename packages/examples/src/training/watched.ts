/** @file Training before the eyes of whoever started it. */
import * as tf from "@tensorflow/tfjs-core";
import { type Progress, startProgress } from "../progress.ts";

/** What a watched run tells, and what it listens to. */
export interface Watch {
  /** Shows the steps done. */
  progress: Progress;
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
  const progress = startProgress("steps");
  try {
    return await train({ progress, signal: interrupt.signal });
  } finally {
    progress.stop();
    process.off("SIGINT", stop);
  }
}
