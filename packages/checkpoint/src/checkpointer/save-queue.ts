/** @file One save after the other, in the background; at most one waits. */

/** A save that has been asked for. */
export interface SaveJob {
  run(): Promise<void>;
  /** It will not be run: a newer one has taken its place. */
  drop(): void;
}

/** Runs one job at a time. While one runs, one more waits; a third takes the place of the one that waits. */
export class SaveQueue {
  private running: Promise<void> | undefined;
  private waiting: { readonly job: SaveJob; readonly leave: () => void } | undefined;
  private failures: unknown[] = [];

  /** Adds a job. The promise, which never fails, is kept when the job has begun, or was dropped. */
  push(job: SaveJob): Promise<void> {
    if (!this.running) {
      this.start(job);
      return Promise.resolve();
    }
    const replaced = this.waiting;
    const begun = new Promise<void>((leave) => (this.waiting = { job, leave }));
    replaced?.job.drop();
    replaced?.leave();
    return begun;
  }

  /** Waits until nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  /** Throws what a job failed with, once. */
  throwFailure(): void {
    if (this.failures.length === 0) return;
    const [first] = this.failures;
    this.failures = [];
    throw first;
  }

  private start(job: SaveJob): void {
    this.running = this.runAll(job);
  }

  private async runAll(first: SaveJob): Promise<void> {
    let job: SaveJob | undefined = first;
    while (job) {
      try {
        await job.run();
      } catch (error) {
        this.failures.push(error);
      }
      const next = this.waiting;
      this.waiting = undefined;
      next?.leave();
      job = next?.job;
    }
    this.running = undefined;
  }
}
