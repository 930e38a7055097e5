/** @file The memory that compiled functions share, so that what one leaves there another finds. */

/** Bytes of one vector; every allocation begins at a multiple of it. */
const VECTOR = 16;

/** What a WebAssembly memory can hold at most: 64 KiB pages in 32-bit addresses. */
const MAXIMUM_PAGES = 65_536;

/** Less than 16 MiB is no use. */
const LEAST_PAGES = 256;

const PAGE = 65_536;

/** A memory of more bytes than this grows only when nobody has anything to spare. */
const LARGE = 2 ** 29;

/** There is no room for a piece. */
export class HeapFullError extends RangeError {
  static override readonly name: string = "HeapFullError";
  /** Bytes that were asked for. */
  readonly needed: number;
  /** Bytes in use. */
  readonly used: number;
  /** Bytes of the largest piece that could be had, as far as the machine has that much. */
  readonly free: number;

  constructor(needed: number, used: number, free: number) {
    super(`no room for ${needed} bytes`);
    this.needed = needed;
    this.used = used;
    this.free = free;
  }
}

/**
 * Hands out pieces of a WebAssembly memory, by byte addresses.
 *
 * A piece begins at a multiple of 16 bytes and can be read and written to the next multiple of 16 after its end:
 * loops over vectors need no special case for the rest. Booleans take 4 bytes here, as int32 0 or 1.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** To how many bytes it may grow. */
  private readonly maximum: number;
  /** Sizes of the pieces in use, by address. */
  private readonly sizes = new Map<number, number>();
  /** Free pieces by address, none beside another. */
  private free: { address: number; bytes: number }[] = [];
  /** Where nothing was handed out yet. Address 0 stays unused, so that it can mean "none". */
  private end = VECTOR;
  private bytes: Uint8Array;
  /**
   * Gives something back and answers whether it did: of what nobody has used for long, before a large memory grows,
   * and of anything, where the memory is full.
   */
  makeRoom: ((what: "idle" | "any") => boolean) | undefined;

  /** @param shared whether threads can share the memory; unless given, where the engine lets them */
  constructor(shared = typeof SharedArrayBuffer !== "undefined") {
    const { memory, maximum } = newMemory(shared);
    this.memory = memory;
    this.maximum = maximum * PAGE;
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

  /**
   * The address of a new piece; its bytes hold whatever they held.
   *
   * @throws HeapFullError when there is no room, not even after others have made some
   */
  allocate(bytes: number): number {
    const size = Math.max(VECTOR, Math.ceil(bytes / VECTOR) * VECTOR);
    let address = this.takeFree(size);
    while (address === undefined && this.wouldGrowLarge(size) && this.makeRoom?.("idle")) {
      address = this.takeFree(size);
    }
    address ??= this.takeEnd(size);
    while (address === undefined && this.makeRoom?.("any")) {
      address = this.takeFree(size) ?? this.takeEnd(size);
    }
    if (address === undefined) throw new HeapFullError(size, this.used, this.largest);
    this.sizes.set(address, size);
    return address;
  }

  /** The address of a piece among those that were given back. */
  private takeFree(size: number): number | undefined {
    const index = this.free.findIndex((piece) => piece.bytes >= size);
    const piece = this.free[index];
    if (!piece) return undefined;
    if (piece.bytes === size) this.free.splice(index, 1);
    else this.free[index] = { address: piece.address + size, bytes: piece.bytes - size };
    return piece.address;
  }

  /** The address of a piece where nothing was handed out yet. */
  private takeEnd(size: number): number | undefined {
    const address = this.end;
    if (!this.reserve(address + size)) return undefined;
    this.end = address + size;
    return address;
  }

  /** Whether a piece at the end makes a memory grow that is large already. */
  private wouldGrowLarge(size: number): boolean {
    const end = this.end + size;
    return end > LARGE && end > this.memory.buffer.byteLength;
  }

  /** Bytes of the largest piece that could be had. */
  private get largest(): number {
    return this.free.reduce((most, piece) => Math.max(most, piece.bytes), this.maximum - this.end);
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
    const last = this.free.at(-1)!;
    if (last.address + last.bytes !== this.end) return;
    this.free.pop();
    this.end = last.address;
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

  /** Grows the memory up to `end`; answers whether that was possible. */
  private reserve(end: number): boolean {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return true;
    // By half as much again, so that many small pieces do not each grow it.
    const wanted = Math.ceil(this.memory.buffer.byteLength / PAGE / 2);
    return this.grow(Math.max(missing, wanted)) || this.grow(missing);
  }

  private grow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
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
