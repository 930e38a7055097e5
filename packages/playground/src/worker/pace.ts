/** @file How often something is done that takes time from the steps. */

/** Lets something happen at most so often, and so rarely that it takes a small share of the time only. */
export class Pace {
  private readonly interval: number;
  private readonly share: number;
  private next = 0;

  /**
   * @param interval milliseconds from one begin to the next, at least
   * @param share of the time that it may take; all of it unless given
   */
  constructor(interval: number, share = 1) {
    this.interval = interval;
    this.share = share;
  }

  /** Whether it may happen now. */
  get isDue(): boolean {
    return performance.now() >= this.next;
  }

  /** Notes that it has happened, from `begin` until now. */
  note(begin: number): void {
    const duration = performance.now() - begin;
    this.next = begin + Math.max(this.interval, duration / this.share);
  }

  /** Lets it happen at once. */
  reset(): void {
    this.next = 0;
  }
}
