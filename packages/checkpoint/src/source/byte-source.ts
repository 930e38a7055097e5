/** @file Where bytes are read from, in pieces. */

/** Bytes that are read in pieces: a file, a web address with ranges, bytes in memory. */
export interface ByteSource {
  /** What errors call it: a path, an address. */
  readonly label: string;
  /** The number of bytes. */
  readonly size: number;
  /**
   * Reads the bytes from `begin` to `begin + into.length` into `into`.
   *
   * @throws StorageError where they cannot be read, or there are fewer
   */
  read(begin: number, into: Uint8Array): Promise<void>;
  /** Frees what the source holds open. */
  close(): Promise<void>;
}

/**
 * What can be read: a path or `file:` URL (in Node, Deno and Bun), an `http:` or `https:` address, bytes in memory, a
 * `Blob` or `File`, or a source of one's own.
 */
export type Source = string | URL | Uint8Array | ArrayBuffer | Blob | ByteSource;
