/** @file The code of a task, in which all that tasks of equal code may differ in has a name. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Task, TaskWriter } from "../task.ts";

/**
 * Which of a turn's numbers says how many times its own size behind the place of a buffer this turn's piece of it is: that
 * of a slice is the turn's number, and what is carried lies in one of two pieces, in turns, and what comes in the other.
 */
export const ALONG = { slice: 0, carried: 1, next: 2 } as const;

export type Along = (typeof ALONG)[keyof typeof ALONG];

/** The numbers of a turn. */
export function numbersOf(turn: number): readonly [slice: number, carried: number, next: number] {
  return [turn, turn % 2, 1 - (turn % 2)];
}

/**
 * What stands in the table for one name: where a buffer lies, or a number. Behind the place of one that is elsewhere in
 * each turn stands how far it is from one piece to the next.
 */
export type Word =
  { readonly buffer: Buffer; readonly along?: Along | undefined } | { readonly value: number };

/** By which number what stands for a word is elsewhere in each turn, if it is. */
export function alongOfWord(word: Word): Along | undefined {
  return "buffer" in word ? word.along : undefined;
}

/** What a task's `emit` has written. */
export interface TaskCode {
  /** The body of the function, in which the words are called `w0`, `w1`, … */
  readonly body: string;
  readonly words: readonly Word[];
  /** Entries of the library. */
  readonly uses: ReadonlySet<string>;
  /** Whether it works with subgroups, whose size is called `subgroup`. */
  readonly hasSubgroups: boolean;
}

class Writer implements TaskWriter {
  readonly words: Word[] = [];
  readonly uses = new Set<string>();
  hasSubgroups = false;
  private readonly maySubgroup: boolean;
  private readonly alongOf: AlongOf;
  private readonly places = new Map<Buffer, string>();
  private readonly counts = new Map<string, number>();

  constructor(maySubgroup: boolean, alongOf: AlongOf) {
    this.maySubgroup = maySubgroup;
    this.alongOf = alongOf;
  }

  get subgroup(): string | undefined {
    if (!this.maySubgroup) return undefined;
    this.hasSubgroups = true;
    return "subgroup";
  }

  placeOf(buffer: Buffer): string {
    let place = this.places.get(buffer);
    if (place === undefined) {
      const along = this.alongOf(buffer);
      this.places.set(buffer, (place = this.word({ buffer, along })));
      if (along !== undefined) this.word({ value: buffer.size });
    }
    return place;
  }

  // One for each request: numbers that are equal in one task need not be so in another.
  number(value: number): string {
    return this.word({ value });
  }

  use(name: string): void {
    this.uses.add(name);
  }

  name(prefix: string): string {
    const count = this.counts.get(prefix) ?? 0;
    this.counts.set(prefix, count + 1);
    return `${prefix}_${count}`;
  }

  private word(word: Word): string {
    return `w${this.words.push(word) - 1}`;
  }
}

/** By which number a buffer is elsewhere in each turn of a loop; undefined where it stays. */
export type AlongOf = (buffer: Buffer) => Along | undefined;

/**
 * The code of `task`.
 *
 * @param maySubgroup whether the device has subgroups that can be relied on
 */
export function codeOf(task: Task, maySubgroup: boolean, alongOf: AlongOf = () => undefined): TaskCode {
  const writer = new Writer(maySubgroup, alongOf);
  const body = task.emit(writer);
  const { words, uses, hasSubgroups } = writer;
  return { body, words, uses, hasSubgroups };
}
