export { Heap } from "./memory/heap.ts";
