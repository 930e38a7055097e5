/** @file The memory that compiled functions share, so that what one leaves there another finds. */
import { Space } from "../../../memory/space.ts";

/** Bytes of one vector; every allocation begins at a multiple of it. */
const VECTOR = 16;

/** What a WebAssembly memory can hold at most: 64 KiB pages in 32-bit addresses. */
const MAXIMUM_PAGES = 65_536;

/** Less than 16 MiB is no use. */
const LEAST_PAGES = 256;

const PAGE = 65_536;

/** A memory of more bytes than this grows only when nobody has anything to spare. */
const LARGE = 2 ** 29;

/**
 * Hands out pieces of a WebAssembly memory, by byte addresses.
 *
 * A piece begins at a multiple of 16 bytes and can be read and written to the next multiple of 16 after its end:
 * loops over vectors need no special case for the rest. Booleans take 4 bytes here, as int32 0 or 1.
 */
export class Heap extends Space {
  readonly memory: WebAssembly.Memory;
  protected readonly maximum: number;
  #bytes: Uint8Array;

  /** @param shared whether threads can share the memory; unless given, where the engine lets them */
  constructor(shared = typeof SharedArrayBuffer !== "undefined") {
    super(VECTOR);
    const { memory, maximum } = newMemory(shared);
    this.memory = memory;
    this.maximum = maximum * PAGE;
    this.#bytes = new Uint8Array(this.memory.buffer);
  }

  /** Whether threads can share the memory. */
  get isShared(): boolean {
    return typeof SharedArrayBuffer !== "undefined" && this.memory.buffer instanceof SharedArrayBuffer;
  }

  /** A view of elements in memory, until the memory grows. */
  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.#view.buffer, address, length);
  }

  /** A view of elements in memory, until the memory grows. */
  int32(address: number, length: number): Int32Array {
    return new Int32Array(this.#view.buffer, address, length);
  }

  get #view(): Uint8Array {
    // Growing detaches views, or, when the memory is shared, leaves them short.
    if (this.#bytes.byteLength !== this.memory.buffer.byteLength)
      this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  protected override wouldGrowLarge(end: number): boolean {
    return end > LARGE && end > this.memory.buffer.byteLength;
  }

  protected override reserve(end: number): boolean {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return true;
    // By half as much again, so that many small pieces do not each grow it.
    const wanted = Math.ceil(this.memory.buffer.byteLength / PAGE / 2);
    return this.#grow(Math.max(missing, wanted)) || this.#grow(missing);
  }

  #grow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * A memory that can grow as far as the engine lets it. One that is shared needs its whole address space at once,
 * which phones and limited processes do not have: then half of it is asked for, and so on; at last one that is not shared.
 *
 * @throws RangeError where there is no memory at all
 */
function newMemory(shared: boolean): { memory: WebAssembly.Memory; maximum: number } {
  for (let maximum = MAXIMUM_PAGES; ; maximum /= 2) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 1, maximum, shared }), maximum };
    } catch (error) {
      if (maximum > LEAST_PAGES) continue;
      if (shared) return newMemory(false);
      throw error;
    }
  }
}
