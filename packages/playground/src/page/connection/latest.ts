/** @file One question at a time. */

/**
 * Calls `run` for the newest argument only: while one call is under way, of those that come meanwhile only the last
 * is kept. Errors go to `onError`.
 */
export function latest<T>(run: (argument: T) => Promise<void>, onError: (error: unknown) => void) {
  let waiting: { argument: T } | undefined;
  let isRunning = false;
  return async function next(argument: T): Promise<void> {
    waiting = { argument };
    if (isRunning) return;
    isRunning = true;
    try {
      while (waiting) {
        const { argument } = waiting;
        waiting = undefined;
        await run(argument);
      }
    } catch (error) {
      waiting = undefined;
      onError(error);
    } finally {
      isRunning = false;
    }
  };
}
