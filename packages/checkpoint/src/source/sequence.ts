/** @file Reads a part of a source from its begin to its end, in pieces that the reader chooses. */
import { StorageError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** Takes the bytes of a source in order; by its stream, where it has one. */
export interface Sequence {
  /** Fills `into` with the bytes that follow. */
  next(into: Uint8Array): Promise<void>;
  /** Ends it early. */
  stop(): Promise<void>;
}

/** The bytes from `begin` to `end`. */
export function sequence(source: ByteSource, begin: number, end: number): Sequence {
  return source.stream ? streamed(source.label, source.stream(begin, end)) : positioned(source, begin);
}

function positioned(source: ByteSource, begin: number): Sequence {
  let at = begin;
  return {
    async next(into) {
      await source.read(at, into);
      at += into.byteLength;
    },
    stop: async () => {},
  };
}

function streamed(label: string, stream: AsyncIterable<Uint8Array>): Sequence {
  const pieces = stream[Symbol.asyncIterator]();
  let left: Uint8Array = new Uint8Array(0);
  return {
    async next(into) {
      for (let filled = 0; filled < into.byteLength;) {
        if (left.length === 0) {
          const { done, value } = await pieces.next();
          if (done) throw new StorageError(`${label}: it ended ${into.byteLength - filled} bytes too early`);
          left = value;
        }
        const part = left.subarray(0, into.byteLength - filled);
        into.set(part, filled);
        filled += part.length;
        left = left.subarray(part.length);
      }
    },
    async stop() {
      await pieces.return?.();
    },
  };
}
