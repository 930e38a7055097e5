/** @file Steps a second, of the last second. */

/** How long steps count, in milliseconds. */
const WINDOW = 1000;

/** Counts steps. */
export class Rate {
  private marks: { readonly time: number; readonly step: number }[] = [];

  /** Steps begin to follow each other. */
  begin(): void {
    this.marks = [];
  }

  /** Notes how many steps there are now. */
  note(step: number): void {
    const time = performance.now();
    this.marks.push({ time, step });
    while (this.marks.length > 2 && time - this.marks[1]!.time > WINDOW) this.marks.shift();
  }

  /** Of the last second; null before there is one. */
  get value(): number | null {
    const [first, last] = [this.marks[0], this.marks.at(-1)];
    if (!first || !last || last.time - first.time < WINDOW) return null;
    return (1000 * (last.step - first.step)) / (last.time - first.time);
  }
}
