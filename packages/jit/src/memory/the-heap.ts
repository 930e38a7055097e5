/** @file The one heap of all compiled functions, so that a Variable that one has written is there for the next. */
import { Heap } from "./heap.ts";

let heap: Heap | undefined;

/** The heap, made when it is first needed. */
export function theHeap(): Heap {
  return (heap ??= new Heap());
}
