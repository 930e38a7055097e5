/** @file A heap in which something was before. */
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";

const BYTES = 1 << 20;

/** A heap full of NaN: what code does not write itself, it must not count on. */
export function dirtyHeap(): Heap {
  const heap = new Heap(false);
  const address = heap.allocate(BYTES);
  heap.float32(address, BYTES / 4).fill(NaN);
  heap.release(address);
  return heap;
}
