/** @file The memory of a device that compiled functions share: one buffer, in which each has its pieces. */
import { Space } from "../../../memory/space.ts";
import { flush, openEncoder, type WebGpuBackend } from "../device/backend.ts";
import { Pipelines } from "../device/pipelines.ts";
import { USAGE } from "../device/usage.ts";
import { enlarged, type Growth, whenOutOfMemory } from "./growth.ts";

/** Pieces begin at multiples of so many bytes: what the lanes of a GPU read at once. */
export const ALIGNMENT = 64;

const FIRST_SIZE = 2 ** 22;

/** A buffer of more bytes than this grows only when nobody has anything to spare. */
const LARGE = 2 ** 29;

/** What can be written to a buffer. */
export type Words = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Hands out pieces of a storage buffer, which grows by a larger one that takes its contents. */
export class GpuHeap extends Space {
  readonly backend: WebGpuBackend;
  readonly pipelines: Pipelines;
  protected readonly maximum: number;
  protected override readonly limit: string;
  #current: GPUBuffer;
  /** What the backend recorded uses of all that is here into, when it was last asked to. */
  #usedBy: GPUCommandEncoder | null = null;
  /** What the backend recorded copies into the heap into, when it was last asked to. */
  #filledBy: GPUCommandEncoder | null = null;
  /** Where each of these copies begins and ends. */
  readonly #filled: number[] = [];
  #reasonOfLoss: string | undefined;
  #growth: Growth | undefined;
  #failure: string | undefined;
  /** Is called when programs that are here cannot run any more: the device is lost, or had no memory. */
  onLoss: (() => void) | undefined;

  constructor(backend: WebGpuBackend) {
    super(ALIGNMENT);
    const { device } = backend;
    this.backend = backend;
    this.pipelines = new Pipelines(device);
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    const isBinding = maxStorageBufferBindingSize < maxBufferSize;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    this.maximum = Math.floor(most / ALIGNMENT) * ALIGNMENT;
    this.limit = `${isBinding ? "maxStorageBufferBindingSize" : "maxBufferSize"} of the GPU, ${most} bytes`;
    this.#current = this.#newBuffer(Math.min(FIRST_SIZE, this.maximum));
    void device.lost.then(({ message, reason }) => {
      this.#reasonOfLoss = message || reason || "unknown";
      this.onLoss?.();
    });
    whenOutOfMemory(device, (message) => (this.#failure ??= message));
  }

  /** The buffer, until the heap grows. */
  get buffer(): GPUBuffer {
    return this.#current;
  }

  /** Bytes of the buffer. */
  get size(): number {
    return this.#current.size;
  }

  /** Why the device was lost, and with it all that is here; undefined as long as it was not. */
  get loss(): string | undefined {
    return this.#reasonOfLoss;
  }

  override get isSure(): boolean {
    return this.#growth === undefined;
  }

  /** What the device has had no memory for since this was asked last: what was handed over with it was not done. */
  takeFailure(): string | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** Puts words at an address. What was recorded before gets what was there before. */
  write(address: number, words: Words): void {
    if (words.length === 0) return;
    // What is written goes before everything that is handed over later.
    if (this.#isAwaited(address, address + words.byteLength)) flush(this.backend);
    this.backend.queue.writeBuffer(this.#current, address, words);
  }

  /** Copies the first `bytes` of a buffer to an address: in the order of what the backend has recorded. */
  copyIn(source: GPUBuffer, address: number, bytes: number): void {
    const encoder = openEncoder(this.backend);
    encoder.copyBufferToBuffer(source, 0, this.#current, address, bytes);
    if (encoder !== this.#filledBy) this.#filled.length = 0;
    this.#filledBy = encoder;
    this.#filled.push(address, address + bytes);
  }

  /** Copies `bytes` at an address to a buffer: in the order of what the backend has recorded. */
  copyOut(address: number, target: GPUBuffer, bytes: number): void {
    this.encoder().copyBufferToBuffer(this.#current, address, target, 0, bytes);
  }

  /** What the backend records into, for commands that may use all that is here. */
  encoder(): GPUCommandEncoder {
    return (this.#usedBy = openEncoder(this.backend));
  }

  /** Whether what was recorded and not handed over, also by a call that failed, uses bytes from `begin` to `end`. */
  #isAwaited(begin: number, end: number): boolean {
    const filled = this.#filled;
    const usedBy = this.#usedBy;
    const filledBy = this.#filledBy;
    const { commandEncoder } = this.backend;
    if (commandEncoder === null) return false;
    if (usedBy === commandEncoder) return true;
    if (filledBy !== commandEncoder) return false;
    return filled.some((from, i) => i % 2 === 0 && from < end && begin < filled[i + 1]!);
  }

  protected override wouldGrowLarge(end: number): boolean {
    return end > LARGE && end > this.size;
  }

  protected override reserve(end: number): boolean {
    if (end <= this.size) return true;
    if (end > this.maximum) return false;
    const wanted = this.size < LARGE ? 2 * this.size : 1.5 * this.size;
    const size = Math.ceil(Math.max(end, wanted) / ALIGNMENT) * ALIGNMENT;
    this.#grow(Math.min(size, this.maximum));
    return true;
  }

  #grow(size: number): void {
    const current = this.#current;
    const { backend } = this;
    // A buffer that is not there takes all commands with it that come together.
    flush(backend);
    const growth = (this.#growth ??= { before: current, between: [], waiting: 0 });
    if (growth.before !== current) growth.between.push(current);
    growth.waiting++;
    this.#current = enlarged(
      backend.device,
      current,
      () => this.#newBuffer(size),
      (failure) => {
        if (this.#growth === growth) this.#settle(growth, size, failure);
      },
    );
  }

  /** Keeps the new buffer; or goes back to the one before, and to the values that were there then. */
  #settle(growth: Growth, size: number, failure: string | undefined): void {
    if (failure === undefined && --growth.waiting > 0) return;
    this.#growth = undefined;
    for (const buffer of growth.between) buffer.destroy();
    if (failure === undefined) growth.before.destroy();
    else {
      flush(this.backend);
      this.#current.destroy();
      this.#current = growth.before;
      this.#failure = `no memory for a buffer of ${size} bytes: ${failure}`;
      this.onLoss?.();
    }
    for (const owner of this.changed) owner.settle(failure === undefined);
    this.changed.clear();
  }

  #newBuffer(size: number): GPUBuffer {
    const usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
    return this.backend.device.createBuffer({ label: "nnx-js heap", size, usage });
  }
}
