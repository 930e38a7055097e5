/** @file Which steps threads share, and in what pieces. */
import type { StepCode } from "./step-function.ts";

/** With less work than this (operations, about 30 µs) a step is done before another thread has begun. */
export const WORTH_SHARING = 150_000;

/** More chunks than threads, so that one that is held up holds up little. */
const CHUNKS_PER_THREAD = 4;

/** Chains differ in length, so each is a chunk, unless there are very many. */
const CHAINS_PER_THREAD = 256;

/** Whether threads should share the units of a step. */
export function isWorthSharing({ units, work }: StepCode): boolean {
  return units > 1 && work >= WORTH_SHARING;
}

/**
 * The chunks of a step for the main thread and `helpers`, or for the main thread alone as for two; `chunkUnits` is 0 for
 * one that is not worth dividing.
 */
export function chunksOf(code: StepCode, helpers: number) {
  const { units } = code;
  if (!isWorthSharing(code)) return { units, chunkUnits: 0, chunks: 0 };
  const perThread = code.chains && code.chains.length > 1 ? CHAINS_PER_THREAD : CHUNKS_PER_THREAD;
  const threads = Math.max(1, helpers) + 1;
  const most = Math.ceil(units / (perThread * threads));
  const least = Math.ceil(most / 3);
  /** The units of the thread that has most, if all are equally fast: 20 in threes are 12 and 8, in twos 10 and 10. */
  const longest = (size: number) => size * Math.ceil(Math.ceil(units / size) / threads);
  let chunkUnits = most;
  for (let size = most - 1; size >= least; size--) if (longest(size) < longest(chunkUnits)) chunkUnits = size;
  return { units, chunkUnits, chunks: Math.ceil(units / chunkUnits) };
}
