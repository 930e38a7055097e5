/** @file Which places of a workspace are taken while something lives: quick for many thousand lifetimes. */

/** A piece of the workspace, `[begin, end)`. */
interface Range {
  begin: number;
  end: number;
}

/**
 * What is placed so far, in a tree over time: each node stands for a piece of time, its children for the halves. A
 * question about a lifetime asks few nodes, however many pieces of the workspace were placed, and pieces that touch
 * are one.
 */
export class Occupancy {
  /** Leaves of the tree: a power of two, not less than the number of steps. */
  private readonly width: number;
  /** What is taken during some of a node's time: by something that lives in a part of it, or all through it. */
  private readonly during: Ranges[] = [];
  /** What is taken all through a node's time, and was not told to a node above it. */
  private readonly throughout: Ranges[] = [];

  /** @param steps how many there are; lifetimes are `[first, last]`, of their numbers */
  constructor(steps: number) {
    let width = 1;
    while (width < steps) width *= 2;
    this.width = width;
  }

  /** The lowest offset at which `bytes` are free from the step `first` to the step `last`. */
  lowestFree(first: number, last: number, bytes: number): number {
    const asked: Ranges[] = [];
    const ask = (ranges: Ranges | undefined) => {
      if (ranges) asked.push(ranges);
    };
    const above = new Set<number>();
    this.forEachNode(first, last, (node) => {
      ask(this.during[node]);
      for (let parent = node >> 1; parent > 0 && !above.has(parent); parent >>= 1) {
        above.add(parent);
        ask(this.throughout[parent]);
      }
    });
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
    const above = new Set<number>();
    this.forEachNode(first, last, (node) => {
      (this.throughout[node] ??= new Ranges()).add(offset, end);
      (this.during[node] ??= new Ranges()).add(offset, end);
      for (let parent = node >> 1; parent > 0 && !above.has(parent); parent >>= 1) {
        above.add(parent);
        (this.during[parent] ??= new Ranges()).add(offset, end);
      }
    });
  }

  /** The fewest nodes whose times together are `[first, last]`. */
  private forEachNode(first: number, last: number, visit: (node: number) => void): void {
    let low = first + this.width;
    let high = last + this.width + 1;
    while (low < high) {
      if (low % 2 === 1) visit(low++);
      if (high % 2 === 1) visit(--high);
      low >>= 1;
      high >>= 1;
    }
  }
}

/** Numbers that are taken, as ranges in order that do not touch. */
class Ranges {
  private readonly ranges: Range[] = [];

  /** The lowest number from `offset` on at which `bytes` in a row are free. */
  skip(offset: number, bytes: number): number {
    const { ranges } = this;
    for (let i = this.firstEndingAfter(offset); i < ranges.length; i++) {
      const { begin, end } = ranges[i]!;
      if (offset + bytes <= begin) break;
      offset = end;
    }
    return offset;
  }

  add(begin: number, end: number): void {
    const { ranges } = this;
    // Those that touch it become one with it.
    const at = this.firstEndingAfter(begin - 1);
    let after = at;
    while (after < ranges.length && ranges[after]!.begin <= end) after++;
    if (after === at) {
      ranges.splice(at, 0, { begin, end });
      return;
    }
    const first = ranges[at]!;
    first.begin = Math.min(first.begin, begin);
    first.end = Math.max(end, ranges[after - 1]!.end);
    if (after > at + 1) ranges.splice(at + 1, after - at - 1);
  }

  /** The place of the first range that ends after `offset`. */
  private firstEndingAfter(offset: number): number {
    const { ranges } = this;
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[middle]!.end > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
