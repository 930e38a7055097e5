/** @file Joins short pieces, of which each would cost a target as much as a long one. */
import type { ByteTarget } from "./byte-target.ts";

/** Bytes that are collected. */
const CAPACITY = 1 << 18;

/** Writes short pieces together; the caller ends it, and `target` with it. */
export function buffered(target: ByteTarget): ByteTarget {
  const block = new Uint8Array(CAPACITY);
  let used = 0;
  async function flush(): Promise<void> {
    if (used > 0) await target.write(block.subarray(0, used));
    used = 0;
  }
  return {
    label: target.label,
    async write(bytes) {
      if (used + bytes.length > CAPACITY) await flush();
      if (bytes.length >= CAPACITY) return target.write(bytes);
      block.set(bytes, used);
      used += bytes.length;
    },
    async close() {
      await flush();
      await target.close();
    },
    abort: () => target.abort(),
  };
}
