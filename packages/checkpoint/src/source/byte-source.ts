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
  /**
   * The bytes from `begin` to `end` in order, in pieces of any length, for sources where one long read costs less than
   * many short ones: over the web it is one request. A piece is valid until the next is asked for.
   */
  stream?(begin: number, end: number): AsyncIterable<Uint8Array>;
  /**
   * Opens another file of the same folder.
   *
   * @param name a relative path with "/", which does not leave the folder
   */
  sibling?(name: string): Promise<ByteSource>;
  /** Frees what the source holds open. */
  close(): Promise<void>;
}

/**
 * What can be read: a path or `file:` URL (in Node, Deno and Bun), an `http:` or `https:` address, bytes in memory, a
 * `Blob` or `File`, a handle of a file system, or a source of one's own. As texts also `opfs://folder/file`, in the
 * browser's own file system, and `indexeddb://name`.
 */
export type Source = string | URL | Uint8Array | ArrayBuffer | Blob | FileSystemFileHandle | ByteSource;
