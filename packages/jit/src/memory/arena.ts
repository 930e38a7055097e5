/** @file Pieces of a memory that are given back together. */
import type { Space } from "./space.ts";

/** Takes pieces and remembers them, so that whoever fails half-way gives all of them back. */
export class Arena<S extends Space = Space> {
  readonly space: S;
  readonly #addresses = new Set<number>();

  constructor(space: S) {
    this.space = space;
  }

  /** The address of a new piece. @throws HeapFullError */
  allocate(bytes: number): number {
    const address = this.space.allocate(bytes);
    this.#addresses.add(address);
    return address;
  }

  /** Takes a piece back. */
  release(address: number): void {
    this.#addresses.delete(address);
    this.space.release(address);
  }

  /** Lets somebody else give this piece back. */
  handOver(address: number): void {
    this.#addresses.delete(address);
  }

  /** Gives all pieces back. */
  dispose(): void {
    for (const address of this.#addresses) this.space.release(address);
    this.#addresses.clear();
  }
}
