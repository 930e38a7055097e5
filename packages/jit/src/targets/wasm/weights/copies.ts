/** @file Packed copies of what lies in the heap: they belong to it, and programs that take the same share them. */
import type { Allocator } from "../memory/arena.ts";

/** A packed copy of the elements of a region. */
export interface PackedCopy {
  readonly address: number;
  /** The revision of the elements that it is a copy of. */
  revision: number;
  /** How many programs take it. */
  users: number;
}

/** The packed copies of one region, by how they are packed. */
export class PackedCopies {
  readonly #heap: Allocator;
  readonly #copies = new Map<string, PackedCopy>();

  constructor(heap: Allocator) {
    this.#heap = heap;
  }

  /**
   * The copy packed like this, to be let go by {@link release}. It is of zeros, and of no revision, at first.
   *
   * @throws HeapFullError
   */
  take(key: string, bytes: number): PackedCopy {
    let copy = this.#copies.get(key);
    if (!copy) {
      const address = this.#heap.allocate(bytes);
      this.#heap.float32(address, bytes / 4).fill(0);
      copy = { address, revision: -1, users: 0 };
      this.#copies.set(key, copy);
    }
    copy.users++;
    return copy;
  }

  /** Lets a copy go. One that nobody takes any more is given back. */
  release(key: string): void {
    const copy = this.#copies.get(key);
    if (!copy || --copy.users > 0) return;
    this.#copies.delete(key);
    this.#heap.release(copy.address);
  }

  /** Gives all back: the region is gone. */
  dispose(): void {
    for (const { address } of this.#copies.values()) this.#heap.release(address);
    this.#copies.clear();
  }
}
