/** @file Pieces of the heap that are given back together. */
import { Arena } from "../../../memory/arena.ts";
import type { Heap } from "./heap.ts";

/** What hands out pieces of memory: a heap, or a part of it. */
export type Allocator = Pick<Heap, "memory" | "isShared" | "allocate" | "release" | "float32" | "int32">;

/** Takes pieces from a heap and gives them back together. */
export class HeapArena extends Arena<Heap> implements Allocator {
  /** The memory of the heap. */
  get memory(): WebAssembly.Memory {
    return this.space.memory;
  }

  /** Whether threads can share the memory. */
  get isShared(): boolean {
    return this.space.isShared;
  }

  /** A view of elements in memory, until the memory grows. */
  float32(address: number, length: number): Float32Array {
    return this.space.float32(address, length);
  }

  /** A view of elements in memory, until the memory grows. */
  int32(address: number, length: number): Int32Array {
    return this.space.int32(address, length);
  }
}
