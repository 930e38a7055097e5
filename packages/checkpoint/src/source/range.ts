/** @file The check that all sources make of what is asked for. */
import { StorageError } from "../errors.ts";

/** Throws where bytes beyond the end are asked for, or the source was closed. */
export function checkRange(label: string, size: number, begin: number, end: number, closed = false): void {
  if (closed) throw new StorageError(`${label}: it was closed, so nothing can be read from it any more`);
  if (begin >= 0 && begin <= end && end <= size) return;
  throw new StorageError(`${label}: asked for the bytes ${begin} to ${end}, but there are ${size} in all`);
}
