/** @file Memory as a target. */
import { StorageError } from "../errors.ts";
import type { ByteTarget } from "./byte-target.ts";

/** A target whose bytes can be had. */
export interface MemoryTarget extends ByteTarget {
  /** What was written last, until the next is whole; while nothing is, what is written now. */
  bytes(): Uint8Array;
}

/**
 * A target that keeps what is written to it in memory.
 *
 * @param capacity how many bytes there will be, where that is known: they are then not copied to a larger array
 */
export function memoryTarget(capacity = 1 << 16): MemoryTarget {
  const label = "memory";
  let whole: Uint8Array | undefined;
  let all = allocated(capacity);
  let length = 0;
  return {
    label,
    async write(bytes) {
      const end = length + bytes.length;
      if (end > all.length) {
        const larger = new Uint8Array(Math.max(end, 2 * all.length));
        larger.set(all.subarray(0, length));
        all = larger;
      }
      all.set(bytes, length);
      length = end;
    },
    async close() {
      whole = all.subarray(0, length);
      // What is written next stands in a memory of its own: these bytes are given away.
      all = new Uint8Array(0);
      length = 0;
    },
    abort: async () => {
      length = 0;
    },
    bytes: () => whole ?? all.subarray(0, length),
  };
}

function allocated(capacity: number): Uint8Array {
  try {
    return new Uint8Array(capacity);
  } catch (cause) {
    throw new StorageError(
      `there is no memory for ${capacity} bytes: write to a file or a stream by saveSafetensors`,
      { cause },
    );
  }
}
