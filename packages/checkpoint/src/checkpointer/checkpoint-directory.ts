/** @file Where checkpoints live: the few operations of a file system that writing them safely needs. */
import type { ByteSource } from "../source/byte-source.ts";

/**
 * A flat directory of files. A folder of Node's file system and of the origin private file system of browsers are
 * such; write one of your own for another storage.
 *
 * What survives a crash: the content of a file from its `sync` on, a name from the directory's `sync` on. `rename` is
 * atomic: at any moment there is the file of before or the one of after under the new name.
 */
export interface CheckpointDirectory {
  /** What errors call it: a path, an address. */
  readonly label: string;
  /** Names whoever writes through this object; other than that of any other writer, in this process or another. */
  readonly writer: string;
  /** The names of all files; none where the directory is not there yet. */
  list(): Promise<string[]>;
  /** Makes a file, and the directory first where it is missing. */
  create(name: string): Promise<NewFile>;
  /** Gives a file another name, in the place of a file that has it. */
  rename(from: string, to: string): Promise<void>;
  /** Makes sure that names last. */
  sync(): Promise<void>;
  /** Opens a file for reading; the caller closes it. */
  open(name: string): Promise<ByteSource>;
  /** Takes a file away; none of that name is no error. */
  delete(name: string): Promise<void>;
  /** Whether the writer that began the temporary file `name` may still be at work. */
  isAlive(writer: string, name: string): Promise<boolean>;
  /** Frees what the directory holds open. */
  close(): Promise<void>;
}

/** A file that is being written, from its begin to its end. */
export interface NewFile {
  /** Adds bytes, which may be changed afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes sure that what was written lasts. */
  sync(): Promise<void>;
  /** Ends the writing. */
  close(): Promise<void>;
}
