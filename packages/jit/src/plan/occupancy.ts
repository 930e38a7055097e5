/** @file Which places of a workspace are taken while something lives: quick for many thousand lifetimes. */

/**
 * What is placed so far, in a tree over time: each node stands for a piece of time, its children for the halves. A
 * question about a lifetime asks few nodes, however many pieces of the workspace were placed, and pieces that touch
 * are one.
 */
export class Occupancy {
  /** Leaves of the tree: a power of two, not less than the number of steps. */
  readonly #width: number;
  /** What is taken during some of a node's time: by something that lives in a part of it, or all through it. */
  readonly #during: (Ranges | undefined)[];
  /** What is taken all through a node's time, and was not told to a node above it. */
  readonly #throughout: (Ranges | undefined)[];

  /** @param steps how many there are; lifetimes are `[first, last]`, of their numbers */
  constructor(steps: number) {
    let width = 1;
    while (width < steps) width *= 2;
    this.#width = width;
    this.#during = Array.from({ length: 2 * width });
    this.#throughout = Array.from({ length: 2 * width });
  }

  /** The lowest offset at which `bytes` are free from the step `first` to the step `last`. */
  lowestFree(first: number, last: number, bytes: number): number {
    const asked: Ranges[] = [];
    const ask = (ranges: Ranges | undefined) => {
      if (ranges) asked.push(ranges);
    };
    this.#forEachNode(first, last, (node) => ask(this.#during[node]));
    this.#forEachAbove(first, last, (node) => ask(this.#throughout[node]));
    let offset = 0;
    for (let free = 0; free < asked.length;) {
      // The lists are asked in turn until none of them has anything against it.
      for (const ranges of asked) {
        const next = ranges.skip(offset, bytes);
        free = next === offset ? free + 1 : 1;
        offset = next;
        if (free >= asked.length) break;
      }
    }
    return offset;
  }

  /** Takes `bytes` at `offset` from the step `first` to the step `last`. */
  take(first: number, last: number, offset: number, bytes: number): void {
    const end = offset + bytes;
    this.#forEachNode(first, last, (node) => {
      (this.#throughout[node] ??= new Ranges()).add(offset, end);
      (this.#during[node] ??= new Ranges()).add(offset, end);
    });
    this.#forEachAbove(first, last, (node) => (this.#during[node] ??= new Ranges()).add(offset, end));
  }

  /** The fewest nodes whose times together are `[first, last]`. */
  #forEachNode(first: number, last: number, visit: (node: number) => void): void {
    let low = first + this.#width;
    let high = last + this.#width + 1;
    while (low < high) {
      if (low % 2 === 1) visit(low++);
      if (high % 2 === 1) visit(--high);
      low >>= 1;
      high >>= 1;
    }
  }

  /** The nodes above the ends of `[first, last]`; among them are all that are above those of `forEachNode`. */
  #forEachAbove(first: number, last: number, visit: (node: number) => void): void {
    let low = (first + this.#width) >> 1;
    let high = (last + this.#width) >> 1;
    for (; low > 0; low >>= 1, high >>= 1) {
      visit(low);
      if (high !== low) visit(high);
    }
  }
}

/** Numbers that are taken, as ranges in order that do not touch. */
class Ranges {
  /** The beginning of each range, and its end, which does not belong to it. */
  readonly #borders: number[] = [];

  /** The lowest number from `offset` on at which `bytes` in a row are free. */
  skip(offset: number, bytes: number): number {
    const borders = this.#borders;
    for (let i = this.#firstEndingAfter(offset); i < borders.length; i += 2) {
      if (offset + bytes <= borders[i]!) break;
      offset = borders[i + 1]!;
    }
    return offset;
  }

  add(begin: number, end: number): void {
    const borders = this.#borders;
    // Those that touch it become one with it.
    const at = this.#firstEndingAfter(begin - 1);
    let after = at;
    while (after < borders.length && borders[after]! <= end) after += 2;
    if (after === at) {
      borders.splice(at, 0, begin, end);
      return;
    }
    borders[at] = Math.min(borders[at]!, begin);
    borders[at + 1] = Math.max(borders[after - 1]!, end);
    if (after > at + 2) borders.splice(at + 2, after - at - 2);
  }

  /** The place in `borders` of the first range that ends after `offset`. */
  #firstEndingAfter(offset: number): number {
    const borders = this.#borders;
    let low = 0;
    let high = borders.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (borders[2 * middle + 1]! > offset) high = middle;
      else low = middle + 1;
    }
    return 2 * low;
  }
}
