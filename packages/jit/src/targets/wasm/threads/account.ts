/** @file Whether threads are worth their while at the moment: where another process has a processor, they may not be. */

/** After a loss of so many milliseconds one thread works for so many times as long: what is lost stays below 5 %. */
const PAUSE = 20;

/** What threads have gained counts against losses up to so many milliseconds: about as long as one is not scheduled. */
const CREDIT = 5;

/**
 * Losses of so many milliseconds are borne before: a thread that sleeps takes up to 0.5 ms to come. Without that a program
 * of microseconds, whose threads fall asleep in each pause, would find in its first run after it that they lose.
 */
const LEEWAY = 2;

/** A run that takes so many times the fastest is suspicious. */
const SUSPICIOUS = 1.3;

/** After so many runs with threads, then twice as many, and so on, one shows what it takes without. */
const FIRST_TRIAL = 16;

/**
 * What the threads of a heap have gained, in milliseconds, beside one thread alone. Where they have lost, one
 * works alone for a while; then they are tried again. Figures do not depend on it.
 */
export class Account {
  private balance = 0;
  private pauseEnd = -Infinity;

  /** Whether one thread works alone for now. */
  isPaused(now: number): boolean {
    return now < this.pauseEnd;
  }

  /** Notes how much shorter a run, which ended at `now`, was than one that one thread makes alone. */
  note(gain: number, now: number): void {
    this.balance = Math.min(CREDIT, this.balance + gain);
    if (this.balance >= -LEEWAY) return;
    this.pauseEnd = now - PAUSE * this.balance;
    this.balance = 0;
  }
}

/** Chooses for each run of one program whether threads help. */
export class Turns {
  private readonly account: Account;
  private runs = 0;
  private nextTrial = FIRST_TRIAL;
  /** The shortest that it took with threads. */
  private fastest = Infinity;
  /** About how long it takes alone, once that is known. */
  private alone: number | undefined;
  private isSuspicious = false;

  constructor(account: Account) {
    this.account = account;
  }

  /** Runs the program by `start`, which is told whether threads may help. */
  run(start: (isHelped: boolean) => void): void {
    const begin = performance.now();
    const isDue = this.runs === this.nextTrial;
    if (isDue || (this.isSuspicious && this.alone === undefined) || this.account.isPaused(begin)) {
      start(false);
      this.noteAlone(performance.now() - begin);
      if (isDue) this.nextTrial *= 2;
      return;
    }
    start(true);
    const end = performance.now();
    const time = end - begin;
    this.runs++;
    this.isSuspicious = time > SUSPICIOUS * this.fastest;
    this.fastest = Math.min(this.fastest, time);
    if (this.alone !== undefined) this.account.note(this.alone - time, end);
  }

  /** What took longer than usual was held up by others: it counts for less. */
  private noteAlone(time: number): void {
    const { alone = time } = this;
    this.alone = Math.min(time, alone + (time - alone) / 4);
  }
}
