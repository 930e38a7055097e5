/** @file Time that passes only while the page is awake. */

const TICK_MS = 1000;
/** A tick that comes later than this tells that the page slept. */
const LATE_MS = 2500;

interface Wait {
  readonly due: number;
  readonly end: () => void;
}

/**
 * A clock for the limits of waits. In a tab in the background timers come late or not at all, and what the worker
 * sent meanwhile is still in the queue: of such a sleep only one second counts, so that nothing is given up that
 * only was not heard yet.
 */
export class PatientClock {
  #now = 0;
  #last = performance.now();
  readonly #waits = new Set<Wait>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Milliseconds that the page was awake, in whole ticks. */
  get now(): number {
    return this.#now;
  }

  /** Calls `end` after `ms` awake milliseconds, once; gives what calls it off. */
  after(ms: number, end: () => void): () => void {
    const wait = { due: this.#now + ms, end };
    this.#waits.add(wait);
    return () => void this.#waits.delete(wait);
  }

  /** No wait ends any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#waits.clear();
  }

  #tick(): void {
    const time = performance.now();
    const passed = time - this.#last;
    this.#last = time;
    this.#now += passed > LATE_MS ? TICK_MS : passed;
    for (const wait of this.#waits) {
      if (wait.due > this.#now || !this.#waits.delete(wait)) continue;
      wait.end();
    }
  }
}
