/** @file What a program holds that no garbage collector gives back, and when it is given back. */
import { Arena } from "./arena.ts";
import { finalization } from "./finalization.ts";
import type { Space } from "./space.ts";

/** Something that somebody has to dispose of. */
interface Belonging {
  dispose(): void;
}

/** Goes up with each use of a program. */
let clock = 0;

/** All that were not disposed of. */
const held = new Set<Holdings>();

/** Disposes of programs with what they cannot be called without. */
const dying = finalization<Holdings>((holdings) => holdings.dispose());

/**
 * What one program holds: pieces of the heap, tensors, what workers know of it.
 *
 * It is known for as long as it was not disposed of, whether the program can be reached or not. So nothing may lead
 * from it to what belongs to the user, such as a graph, whose stacks lead to functions: that would never die.
 */
export class Holdings {
  readonly #belongings: Belonging[] = [];
  #lastUse = ++clock;
  #isGone = false;

  constructor() {
    held.add(this);
  }

  /** Whether all was given back. */
  get isDisposed(): boolean {
    return this.#isGone;
  }

  /** Disposes of `belonging` in the end. */
  adopt<B extends Belonging>(belonging: B): B {
    this.#belongings.push(belonging);
    return belonging;
  }

  /** Notes that the program is in use. */
  touch(): void {
    this.#lastUse = ++clock;
  }

  /** Whether the program was used before that of `other`. */
  isOlderThan(other: Holdings): boolean {
    return this.#lastUse < other.#lastUse;
  }

  /** Disposes of everything when the garbage collector has taken `object`. */
  dieWith(object: object): void {
    dying.register(object, this, this);
  }

  /** Gives everything back; the program cannot run any more. */
  dispose(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    held.delete(this);
    dying.unregister(this);
    for (const belonging of this.#belongings) belonging.dispose();
    this.#belongings.length = 0;
  }

  /**
   * Disposes of the program in `space` that was not used for the longest time; the next call of its function compiles
   * it again. The one that was used last may be running, and stays.
   *
   * @param age how many times others must have been used since then, at least 1
   * @returns whether there was one
   */
  static disposeOldest(space: Space, age: number): boolean {
    let oldest: Holdings | undefined;
    for (const holdings of held) {
      if (clock - holdings.#lastUse < age || !holdings.#isIn(space)) continue;
      if (!oldest || holdings.isOlderThan(oldest)) oldest = holdings;
    }
    oldest?.dispose();
    return oldest !== undefined;
  }

  /** Disposes of all programs in `space`, whose memory is gone. */
  static disposeAllIn(space: Space): void {
    for (const holdings of held) if (holdings.#isIn(space)) holdings.dispose();
  }

  #isIn(space: Space): boolean {
    return this.#belongings.some((belonging) => belonging instanceof Arena && belonging.space === space);
  }
}
