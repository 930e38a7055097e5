/** @file The tables of a program: for each launch where its buffers lie, and numbers. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Launch } from "./schedule.ts";
import { numbersOf } from "./task-code.ts";

/** Where a buffer is: at a place that stays, in words, or where entry number so-and-so of a program is in each call. */
export type Place = { readonly place: number } | { readonly entry: number };

/** A launch, and where its buffers are. */
export interface PlacedLaunch {
  readonly launch: Launch;
  readonly placeOf: (buffer: Buffer) => Place;
}

/** The tables of all launches, one after the other, and the numbers of turns, as words. */
export class Tables {
  readonly words: Uint32Array<ArrayBuffer>;
  /** Where the table of each launch begins, in bytes. */
  readonly offsets: Uint32Array;
  /** Bytes of the longest table. */
  readonly longest: number;
  /** Where the numbers of turn 0 are, in bytes; those of the next turns follow, each {@link alignment} bytes further. */
  readonly turns: number;
  readonly alignment: number;
  /** Which words hold the place of an entry. */
  private readonly wordsOf: readonly (readonly number[])[];
  private readonly places: Int32Array;
  /** Whether words have changed since they were last taken. */
  private isChanged = true;

  /**
   * @param entries how many there are
   * @param alignment tables begin at multiples of so many bytes
   * @param turns the most that a loop has
   */
  constructor(
    launches: readonly PlacedLaunch[],
    { entries, alignment, turns }: { entries: number; alignment: number; turns: number },
  ) {
    const words: number[] = [];
    const offsets: number[] = [];
    const wordsOf = Array.from({ length: entries }, (): number[] => []);
    let longest = 4;
    for (const { launch, placeOf } of launches) {
      while ((4 * words.length) % alignment !== 0) words.push(0);
      const begin = words.length;
      offsets.push(4 * begin);
      let group = 0;
      for (const { members } of launch) {
        for (const member of members) {
          words.push(group, (group += member.task.groups));
          for (const word of member.words) {
            const place = "buffer" in word ? placeOf(word.buffer) : { place: word.value };
            if ("entry" in place) wordsOf[place.entry]!.push(words.length);
            words.push("entry" in place ? 0 : place.place);
          }
        }
      }
      longest = Math.max(longest, 4 * (words.length - begin));
    }
    // Each launch is given as many bytes as the longest needs.
    const end = (offsets.at(-1) ?? 0) + longest;
    this.alignment = alignment;
    this.turns = Math.ceil(end / alignment) * alignment;
    // What is in no loop is in turn 0.
    this.words = new Uint32Array((this.turns + Math.max(1, turns) * alignment) / 4);
    this.words.set(words);
    for (let turn = 0; turn < turns; turn++) {
      this.words.set(numbersOf(turn), (this.turns + turn * alignment) / 4);
    }
    this.offsets = Uint32Array.from(offsets);
    this.longest = longest;
    this.wordsOf = wordsOf;
    this.places = new Int32Array(entries).fill(-1);
  }

  /** Sets where an entry is, in words. */
  setPlace(entry: number, place: number): void {
    if (this.places[entry] === place) return;
    this.places[entry] = place;
    for (const word of this.wordsOf[entry]!) {
      this.words[word] = place;
      this.isChanged = true;
    }
  }

  /** The words, if they have changed since this was last called. */
  take(): Uint32Array<ArrayBuffer> | undefined {
    if (!this.isChanged) return undefined;
    this.isChanged = false;
    return this.words;
  }
}

/** How many workgroups a launch has. */
export function groupsOf(launch: Launch): number {
  return launch.reduce(
    (sum, { members }) => members.reduce((groups, { task }) => groups + task.groups, sum),
    0,
  );
}

/** As many workgroups or a few more: in a rectangle, where one row may not hold so many. */
export function dispatchOf(groups: number, most: number): readonly [x: number, y: number] {
  const rows = Math.ceil(groups / most);
  return [Math.ceil(groups / rows), rows];
}
