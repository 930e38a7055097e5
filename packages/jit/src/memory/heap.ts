/** @file The memory that compiled functions share, so that what one leaves there another finds. */

/** Bytes of one vector; every allocation begins at a multiple of it. */
const VECTOR = 16;

/** What a WebAssembly memory can hold at most: 64 KiB pages in 32-bit addresses. */
const MAXIMUM_PAGES = 65_536;

/** Less than 16 MiB is no use. */
const LEAST_PAGES = 256;

const PAGE = 65_536;

/**
 * Hands out pieces of a WebAssembly memory, by byte addresses.
 *
 * A piece begins at a multiple of 16 bytes and can be read and written to the next multiple of 16 after its end:
 * loops over vectors need no special case for the rest. Booleans take 4 bytes here, as int32 0 or 1.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Sizes of the pieces in use, by address. */
  private readonly sizes = new Map<number, number>();
  /** Free pieces by address, none beside another. */
  private free: { address: number; bytes: number }[] = [];
  /** Where nothing was handed out yet. Address 0 stays unused, so that it can mean "none". */
  private end = VECTOR;
  private bytes: Uint8Array;

  /** @param shared whether threads can share the memory; unless given, where the engine lets them */
  constructor(shared = typeof SharedArrayBuffer !== "undefined") {
    this.memory = newMemory(shared);
    this.bytes = new Uint8Array(this.memory.buffer);
  }

  /** Whether threads can share the memory. */
  get isShared(): boolean {
    return typeof SharedArrayBuffer !== "undefined" && this.memory.buffer instanceof SharedArrayBuffer;
  }

  /** Bytes in use. */
  get used(): number {
    let used = 0;
    for (const size of this.sizes.values()) used += size;
    return used;
  }

  /** The address of a new piece; its bytes hold whatever they held. @throws RangeError when memory is exhausted */
  allocate(bytes: number): number {
    const size = Math.max(VECTOR, Math.ceil(bytes / VECTOR) * VECTOR);
    const index = this.free.findIndex((piece) => piece.bytes >= size);
    let address: number;
    if (index >= 0) {
      const piece = this.free[index]!;
      address = piece.address;
      if (piece.bytes === size) this.free.splice(index, 1);
      else this.free[index] = { address: address + size, bytes: piece.bytes - size };
    } else {
      address = this.end;
      this.reserve(address + size);
      this.end = address + size;
    }
    this.sizes.set(address, size);
    return address;
  }

  /** Takes a piece back. */
  release(address: number): void {
    const bytes = this.sizes.get(address);
    if (bytes === undefined) throw new RangeError(`internal: nothing was allocated at ${address}`);
    this.sizes.delete(address);
    const index = this.free.findIndex((piece) => piece.address > address);
    const at = index < 0 ? this.free.length : index;
    this.free.splice(at, 0, { address, bytes });
    this.join(at);
    this.join(at - 1);
  }

  /** A view of elements in memory, until the memory grows. */
  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.view.buffer, address, length);
  }

  /** A view of elements in memory, until the memory grows. */
  int32(address: number, length: number): Int32Array {
    return new Int32Array(this.view.buffer, address, length);
  }

  private get view(): Uint8Array {
    // Growing detaches views, or, when the memory is shared, leaves them short.
    if (this.bytes.byteLength !== this.memory.buffer.byteLength)
      this.bytes = new Uint8Array(this.memory.buffer);
    return this.bytes;
  }

  private reserve(end: number): void {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    // By half as much again, so that many small pieces do not each grow it.
    const wanted = Math.ceil(this.memory.buffer.byteLength / PAGE / 2);
    try {
      this.memory.grow(Math.max(missing, wanted));
    } catch {
      this.memory.grow(missing);
    }
  }

  /** Joins the free piece at `index` with the one after it, if they touch. */
  private join(index: number): void {
    const [piece, next] = [this.free[index], this.free[index + 1]];
    if (!piece || !next || piece.address + piece.bytes !== next.address) return;
    this.free.splice(index, 2, { address: piece.address, bytes: piece.bytes + next.bytes });
  }
}

/**
 * A memory that can grow as far as the engine lets it. One that is shared needs its whole address space at once,
 * which phones and limited processes do not have: then half of it is asked for, and so on; at last one that is not shared.
 *
 * @throws RangeError where there is no memory at all
 */
function newMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = MAXIMUM_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared });
    } catch (error) {
      if (maximum > LEAST_PAGES) continue;
      if (shared) return newMemory(false);
      throw error;
    }
  }
}
