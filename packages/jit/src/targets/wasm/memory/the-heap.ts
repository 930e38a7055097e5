/** @file The one heap of all compiled functions, so that a Variable that one has written is there for the next. */
import { Heap } from "./heap.ts";
import { Holdings } from "../../../memory/holdings.ts";

/** A program is idle when others have been used so many times since it was used. */
const IDLE = 256;

let heap: Heap | undefined;

/** The heap, made when it is first needed. Where it is full, programs that were not used for long make room. */
export function theHeap(): Heap {
  if (!heap) {
    const made = new Heap();
    made.makeRoom = (what) => Holdings.disposeOldest(made, what === "idle" ? IDLE : 1);
    heap = made;
  }
  return heap;
}
