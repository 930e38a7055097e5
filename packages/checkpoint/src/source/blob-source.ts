/** @file A Blob, or a File that the user chose, as a source. */
import { StorageError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkRange } from "./range.ts";

/** Reads slices of `blob`; browsers keep what was not read on disk. */
export function blobSource(blob: Blob, label = labelOf(blob)): ByteSource {
  const { size } = blob;
  let closed = false;
  return {
    label,
    size,
    read: async (begin, into) => {
      const end = begin + into.byteLength;
      checkRange(label, size, begin, end, closed);
      into.set(new Uint8Array(await sliceOf(blob, begin, end, label)));
    },
    close: async () => {
      closed = true;
    },
  };
}

function labelOf(blob: Blob): string {
  const { name } = blob as Partial<File>;
  return name ? `the file ${JSON.stringify(name)}` : `a Blob of ${blob.size} bytes`;
}

async function sliceOf(blob: Blob, begin: number, end: number, label: string): Promise<ArrayBuffer> {
  let slice: ArrayBuffer;
  try {
    slice = await blob.slice(begin, end).arrayBuffer();
  } catch (cause) {
    throw new StorageError(
      `${label} could not be read; it may have changed on disk since it was chosen: choose it again`,
      { cause },
    );
  }
  if (slice.byteLength === end - begin) return slice;
  throw new StorageError(`${label}: of the bytes ${begin} to ${end} only ${slice.byteLength} could be read`);
}
