/** @file The one heap of all compiled functions, so that a Variable that one has written is there for the next. */
import { Heap } from "./heap.ts";
import { Holdings } from "./holdings.ts";

let heap: Heap | undefined;

/** The heap, made when it is first needed. Where it is full, programs that were not used for long make room. */
export function theHeap(): Heap {
  if (!heap) {
    const made = new Heap();
    made.makeRoom = () => Holdings.disposeOldest(made);
    heap = made;
  }
  return heap;
}
