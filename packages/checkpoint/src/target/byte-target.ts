/** @file Where bytes are written to, in pieces. */

/** Takes bytes from the first to the last: a file, a stream, memory. */
export interface ByteTarget {
  /** What errors call it: a path, an address. */
  readonly label: string;
  /**
   * Writes bytes after those before. They are lent until the promise resolves: what keeps them longer copies them.
   *
   * @throws StorageError where they cannot be written
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends it: all that was written is there from now on, in place of what was there before. */
  close(): Promise<void>;
  /** Gives up: nothing of what was written remains, and what was there before is still there. */
  abort(): Promise<void>;
}

/**
 * What can be written: a path or `file:` URL (in Node, Deno and Bun), a handle of a file system, a stream, or a target of
 * one's own. As texts also `opfs://folder/file`, in the browser's own file system, `indexeddb://name`, and
 * `downloads://file`, which the browser saves as a download.
 */
export type Target = string | URL | FileSystemFileHandle | WritableStream<Uint8Array> | ByteTarget;
