/** @file A memory from which pieces are handed out, and what is done where it is full. */
import { Ranges } from "./ranges.ts";

/** There is no room for a piece. */
export class HeapFullError extends RangeError {
  static override readonly name: string = "HeapFullError";
  /** Bytes that were asked for. */
  readonly needed: number;
  /** Bytes in use. */
  readonly used: number;
  /** Bytes of the largest piece that could be had, as far as the machine has that much. */
  readonly free: number;
  /** What keeps the memory from growing, if it is not the machine. */
  readonly limit: string | undefined;

  constructor(needed: number, used: number, free: number, limit?: string) {
    super(`no room for ${needed} bytes`);
    this.needed = needed;
    this.used = used;
    this.free = free;
    this.limit = limit;
  }
}

/** Somebody with a value in a memory, who can go back to the one before. */
export interface Revertible {
  /** Says whether the memory was there all the time since {@link Space.isSure} was true last: all is lost, if not. */
  settle(wasThere: boolean): void;
}

/** Hands out pieces of a memory by the addresses of their first bytes. */
export abstract class Space {
  /**
   * Gives something back and answers whether it did: of what nobody has used for long, before a large memory grows,
   * and of anything, where the memory is full.
   */
  makeRoom: ((what: "idle" | "any") => boolean) | undefined;
  /** Those whose values have changed since it was sure. */
  protected readonly changed = new Set<Revertible>();
  readonly #ranges: Ranges;

  /** @param unit every piece begins and ends at a multiple of so many bytes; none begins at 0, which can mean "none" */
  constructor(unit: number) {
    this.#ranges = new Ranges(unit);
  }

  /** To how many bytes it may grow. */
  protected abstract readonly maximum: number;
  /** Says what sets {@link maximum}, if it is not the machine. */
  protected readonly limit: string | undefined;

  /** Makes the memory so large that `end` is its end, or larger; answers whether that was possible. */
  protected abstract reserve(end: number): boolean;

  /** Whether the memory is large already and would have to grow for `end` to be its end. */
  protected abstract wouldGrowLarge(end: number): boolean;

  /** Whether all of it is known to be there; where a machine tells that later, values have to be kept for so long. */
  get isSure(): boolean {
    return true;
  }

  /** Notes that the value of `owner` changes while nothing is sure. */
  note(owner: Revertible): void {
    this.changed.add(owner);
  }

  /** Bytes in use. */
  get used(): number {
    return this.#ranges.used;
  }

  /**
   * The address of a new piece; its bytes hold whatever they held.
   *
   * @throws HeapFullError when there is no room, not even after others have made some
   */
  allocate(bytes: number): number {
    const ranges = this.#ranges;
    let address = ranges.takeFree(bytes);
    const endWith = () => ranges.end + ranges.rounded(bytes);
    while (address === undefined && this.wouldGrowLarge(endWith()) && this.makeRoom?.("idle")) {
      address = ranges.takeFree(bytes);
    }
    const takeEnd = () => (this.reserve(endWith()) ? ranges.takeEnd(bytes) : undefined);
    address ??= takeEnd();
    while (address === undefined && this.makeRoom?.("any")) address = ranges.takeFree(bytes) ?? takeEnd();
    if (address !== undefined) return address;
    throw new HeapFullError(ranges.rounded(bytes), this.used, ranges.largest(this.maximum), this.limit);
  }

  /** Takes a piece back. */
  release(address: number): void {
    this.#ranges.release(address);
  }
}
