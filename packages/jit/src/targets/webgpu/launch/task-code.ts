/** @file The code of a task, in which all that tasks of equal code may differ in has a name. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Task, TaskWriter } from "../task.ts";

/** What stands in the table for one name: where a buffer lies, or a number. */
export type Word = { readonly buffer: Buffer } | { readonly value: number };

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
  private readonly places = new Map<Buffer, string>();
  private readonly counts = new Map<string, number>();

  constructor(maySubgroup: boolean) {
    this.maySubgroup = maySubgroup;
  }

  get subgroup(): string | undefined {
    if (!this.maySubgroup) return undefined;
    this.hasSubgroups = true;
    return "subgroup";
  }

  placeOf(buffer: Buffer): string {
    let place = this.places.get(buffer);
    if (place === undefined) this.places.set(buffer, (place = this.word({ buffer })));
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

/**
 * The code of `task`.
 *
 * @param maySubgroup whether the device has subgroups that can be relied on
 */
export function codeOf(task: Task, maySubgroup: boolean): TaskCode {
  const writer = new Writer(maySubgroup);
  const body = task.emit(writer);
  const { words, uses, hasSubgroups } = writer;
  return { body, words, uses, hasSubgroups };
}
