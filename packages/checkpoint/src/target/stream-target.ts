/** @file A stream as a target. */
import { StorageError } from "../errors.ts";
import type { ByteTarget } from "./byte-target.ts";

/** Bytes that are given to the stream at a time. */
const PIECE = 1 << 20;

/** Writes to a stream, which is closed in the end; the stream says when it takes more. */
export function streamTarget(stream: WritableStream<Uint8Array>): ByteTarget {
  const label = "a WritableStream";
  let writer: WritableStreamDefaultWriter<Uint8Array>;
  try {
    writer = stream.getWriter();
  } catch (cause) {
    throw new StorageError(`${label}: it is locked, that is, something else writes to it`, { cause });
  }
  const guard = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (cause) {
      throw new StorageError(`${label}: it could not be written`, { cause });
    }
  };
  // Failures are reported where they are waited for.
  writer.closed.catch(() => {});
  return {
    label,
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += PIECE) {
        await guard(writer.ready);
        // A copy: streams keep what they are given for as long as they like.
        await guard(writer.write(bytes.slice(at, at + PIECE)));
      }
    },
    close: () => guard(writer.close()),
    abort: async () => {
      await writer.abort().catch(() => {});
    },
  };
}
