/** @file Hands out ranges of an address space that grows at its end, whatever lies behind it. */

/** A range that is free. */
interface Range {
  readonly begin: number;
  readonly size: number;
}

/** Ranges from 0 on, of whole units. The lowest that is free and large enough is taken. */
export class Ranges {
  /** Where nothing was handed out yet. */
  end: number;
  /** Every range begins and ends at a multiple. */
  readonly #unit: number;
  /** Sizes of the ranges in use, by where they begin. */
  readonly #sizes = new Map<number, number>();
  /** Free ranges in order, none beside another. */
  #free: Range[] = [];

  /** @param unit ranges begin and end at multiples of it; what is below its first multiple stays unused */
  constructor(unit: number) {
    this.#unit = unit;
    this.end = unit;
  }

  /** How much is in use. */
  get used(): number {
    let used = 0;
    for (const size of this.#sizes.values()) used += size;
    return used;
  }

  /** The size of the range that is taken for `size`. */
  rounded(size: number): number {
    return Math.max(this.#unit, Math.ceil(size / this.#unit) * this.#unit);
  }

  /** Takes a range between those in use, if there is one large enough. */
  takeFree(size: number): number | undefined {
    const rounded = this.rounded(size);
    const index = this.#free.findIndex((range) => range.size >= rounded);
    const range = this.#free[index];
    if (!range) return undefined;
    if (range.size === rounded) this.#free.splice(index, 1);
    else this.#free[index] = { begin: range.begin + rounded, size: range.size - rounded };
    this.#sizes.set(range.begin, rounded);
    return range.begin;
  }

  /** Takes a range at the end. */
  takeEnd(size: number): number {
    const begin = this.end;
    const rounded = this.rounded(size);
    this.end += rounded;
    this.#sizes.set(begin, rounded);
    return begin;
  }

  /** The size of the largest range that could be taken if there were `maximum` in all. */
  largest(maximum: number): number {
    return this.#free.reduce((most, range) => Math.max(most, range.size), maximum - this.end);
  }

  /** Takes a range back. */
  release(begin: number): void {
    const size = this.#sizes.get(begin);
    if (size === undefined) throw new RangeError(`internal: nothing was allocated at ${begin}`);
    this.#sizes.delete(begin);
    const index = this.#free.findIndex((range) => range.begin > begin);
    const at = index < 0 ? this.#free.length : index;
    this.#free.splice(at, 0, { begin, size });
    this.#join(at);
    this.#join(at - 1);
    const last = this.#free.at(-1)!;
    if (last.begin + last.size !== this.end) return;
    this.#free.pop();
    this.end = last.begin;
  }

  /** Joins the free range at `index` with the one after it, if they touch. */
  #join(index: number): void {
    const [range, next] = [this.#free[index], this.#free[index + 1]];
    if (!range || !next || range.begin + range.size !== next.begin) return;
    this.#free.splice(index, 2, { begin: range.begin, size: range.size + next.size });
  }
}
