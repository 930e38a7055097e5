/** @file Pieces of the heap that are given back together. */
import type { Heap } from "./heap.ts";

/** What hands out pieces of memory: a heap, or a part of it. */
export type Allocator = Pick<Heap, "memory" | "isShared" | "allocate" | "release" | "float32" | "int32">;

/** Takes pieces from a heap and remembers them, so that whoever fails half-way gives all of them back. */
export class Arena implements Allocator {
  readonly heap: Heap;
  private readonly addresses = new Set<number>();

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** The memory of the heap. */
  get memory(): WebAssembly.Memory {
    return this.heap.memory;
  }

  /** Whether threads can share the memory. */
  get isShared(): boolean {
    return this.heap.isShared;
  }

  /** As that of the heap. */
  allocate(bytes: number): number {
    const address = this.heap.allocate(bytes);
    this.addresses.add(address);
    return address;
  }

  /** Takes a piece back. */
  release(address: number): void {
    this.addresses.delete(address);
    this.heap.release(address);
  }

  /** Lets somebody else give this piece back. */
  handOver(address: number): void {
    this.addresses.delete(address);
  }

  /** A view of elements in memory, until the memory grows. */
  float32(address: number, length: number): Float32Array {
    return this.heap.float32(address, length);
  }

  /** A view of elements in memory, until the memory grows. */
  int32(address: number, length: number): Int32Array {
    return this.heap.int32(address, length);
  }

  /** Gives all pieces back. */
  dispose(): void {
    for (const address of this.addresses) this.heap.release(address);
    this.addresses.clear();
  }
}
