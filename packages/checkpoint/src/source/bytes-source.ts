/** @file Bytes in memory as a source. */
import type { ByteSource } from "./byte-source.ts";
import { checkRange } from "./range.ts";

/** Reads from `bytes`, which are not copied: they must not change until the source is closed. */
export function bytesSource(
  bytes: Uint8Array | ArrayBuffer,
  label = `bytes in memory (${bytes.byteLength})`,
): ByteSource {
  let all: Uint8Array | undefined = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const size = all.byteLength;
  return {
    label,
    size,
    read: async (begin, into) => {
      checkRange(label, size, begin, begin + into.byteLength, !all);
      into.set(all!.subarray(begin, begin + into.byteLength));
    },
    close: async () => {
      all = undefined;
    },
  };
}
