/** @file Waits with a limit, which say what did not come. */
import { setTimeout } from "node:timers/promises";

/** How long anything may take that is not told otherwise, in milliseconds. */
export const LIMIT = 60_000;

/** The first value of `read` that is neither false nor undefined nor null. */
export async function until<T>(
  what: string,
  read: () => T | Promise<T>,
  limit = LIMIT,
): Promise<NonNullable<T>> {
  const end = performance.now() + limit;
  for (;;) {
    const value = await read();
    if (value !== false && value !== undefined && value !== null) return value;
    if (performance.now() > end) throw new Error(`${what}: not within ${limit / 1000} s`);
    await setTimeout(50);
  }
}
