/** @file Files that belong together, read as one. */
import { StorageError } from "../errors.ts";
import type { ByteSource } from "../source/byte-source.ts";

/** Bytes that are read at a time where a file has no stream of its own. */
const PIECE = 1 << 20;

/** The bytes of `sources` end to end. They are not closed with it: they may belong to several. */
export function joinedSource(label: string, sources: readonly ByteSource[]): ByteSource {
  let size = 0;
  const placed = sources.map((source) => {
    const begin = size;
    size += source.size;
    return { source, begin };
  });

  /** The parts of the files that the bytes from `begin` to `end` are, each with its place among these. */
  function partsOf(begin: number, end: number) {
    if (begin < 0 || end > size) {
      throw new StorageError(`${label}: asked for the bytes ${begin} to ${end}, and there are ${size}`);
    }
    return placed
      .map(({ source, begin: at }) => {
        const [from, to] = [Math.max(begin, at), Math.min(end, at + source.size)];
        return { source, from: from - at, to: to - at, offset: from - begin };
      })
      .filter(({ from, to }) => from < to);
  }

  return {
    label,
    size,
    async read(begin, into) {
      for (const { source, from, to, offset } of partsOf(begin, begin + into.length)) {
        await source.read(from, into.subarray(offset, offset + to - from));
      }
    },
    async *stream(begin, end) {
      for (const { source, from, to } of partsOf(begin, end)) {
        if (source.stream) {
          yield* source.stream(from, to);
          continue;
        }
        for (let at = from; at < to; at += PIECE) {
          const piece = new Uint8Array(Math.min(PIECE, to - at));
          await source.read(at, piece);
          yield piece;
        }
      }
    },
    close: async () => {},
  };
}
