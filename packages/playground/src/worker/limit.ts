/** @file The end of every wait. */

/** Something that was waited for did not come in time. */
export class WaitLimitError extends Error {
  override readonly name = "WaitLimitError";

  /** @param what began the wait, as in "reading a loss" */
  constructor(what: string, milliseconds: number) {
    super(`${what} took longer than ${milliseconds / 1000} seconds`);
  }
}

/** How long the data of a task may take to come, in milliseconds. */
export const DATA_LIMIT = 30_000;

/** How long all else may take: before a GPU answers, its driver may have to compile what it was given. */
const LIMIT = 120_000;

/** Those that are under way. */
const waits = new Set<(error: Error) => void>();

/** Ends all waits: what they wait for is gone, and not all of it says so. */
export function endWaits(error: Error): void {
  for (const end of waits) end(error);
}

/**
 * `promise`, or an error when it takes longer than that.
 *
 * @throws WaitLimitError naming `what`; what {@link endWaits} was given
 */
export async function withLimit<T>(promise: Promise<T>, what: string, milliseconds = LIMIT): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end: ((error: Error) => void) | undefined;
  const limit = new Promise<never>((_, reject) => {
    end = reject;
    waits.add(reject);
    timer = setTimeout(() => reject(new WaitLimitError(what, milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    if (end) waits.delete(end);
    clearTimeout(timer);
  }
}

/** Lets messages come in, and whatever else waits for its turn. Timers would take 4 ms. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const arrived = () => {
      port1.close();
      resolve();
    };
    port1.addEventListener("message", arrived, { once: true });
    port1.start();
    port2.postMessage(undefined);
  });
}
