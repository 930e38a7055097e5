/** @file Lets everybody else have a turn: timers, signals, the frames of a page. */

/** After how many milliseconds others get a turn: a page draws 60 times a second. */
const SLICE = 16;

/** Says when it is time for a pause. */
export class Slices {
  private last = performance.now();

  /** Whether it is time. */
  get isOver(): boolean {
    return performance.now() - this.last >= SLICE;
  }

  /** Waits until others have had a turn. */
  async pause(): Promise<void> {
    await turn();
    this.last = performance.now();
  }
}

/** A turn of the event loop. Timers are for where there is nothing else: browsers make those of loops wait. */
function turn(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  if (typeof MessageChannel !== "function") return new Promise((resolve) => setTimeout(resolve));
  const { port1, port2 } = new MessageChannel();
  return new Promise<void>((resolve) => {
    port1.addEventListener("message", () => resolve(), { once: true });
    port1.start();
    port2.postMessage(undefined);
  }).finally(() => port1.close());
}

/** A promise's value, or `undefined` as soon as the signal aborts. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (!signal) return promise;
  if (signal.aborted) return undefined;
  const waiting = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true, signal: waiting.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    waiting.abort();
  }
}
