/** @file How far steps may run ahead of the device. */

/** A read that takes less says that the device has time left; one that takes more, that its queue is too long. */
const [SHORT, LONG] = [25, 80];

/**
 * GPUs take steps much faster than they compute them. Everything that is asked of them later waits for all of it: so
 * as many steps are handed over between two reads as the device computes in the time from one picture to the next.
 */
export class Lead {
  private most = 8;

  /** Whether so many steps have to be read before there are more. */
  isUsedUp(unread: number): boolean {
    return unread >= this.most;
  }

  /** Notes how long a read took, in milliseconds, that waited for so many steps. */
  note(steps: number, duration: number): void {
    if (duration > LONG) this.most = Math.max(1, Math.floor(this.most / 2));
    else if (duration < SHORT && steps >= this.most) this.most *= 2;
  }
}
