/** @file Runs a program that may fail on any of its threads. */
import { JitExecutionError } from "../../../errors.ts";
import type { Pool } from "./pool.ts";

/**
 * Runs `start`, which runs the program called `name` with the help of `pool`.
 *
 * @throws JitExecutionError when a thread could not do its part; the pool is retired then, since some of its threads
 *   may be at work still
 */
export function runGuarded(name: string, pool: Pool | undefined, start: () => void): void {
  try {
    start();
  } catch (error) {
    // Where another thread never came back, the main one only gave up waiting.
    const cause = pool?.hasFailed ? undefined : error;
    pool?.retire();
    throw new JitExecutionError(name, cause);
  }
  if (!pool?.hasFailed) return;
  pool.retire();
  throw new JitExecutionError(name, undefined);
}
