/** @file A file of the disk as a source, in Node, Deno and Bun. */
import type { FileHandle } from "node:fs/promises";
import { StorageError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { partsInside } from "./folder-name.ts";
import { nodeModule } from "./node.ts";
import { checkRange } from "./range.ts";

/** Opens a file by its path or `file:` URL; it stays open until the source is closed. */
export async function fileSource(location: string | URL): Promise<ByteSource> {
  const fs = nodeModule("node:fs/promises");
  const node = nodeModule("node:path");
  const url = nodeModule("node:url");
  if (!fs || !node || !url) {
    throw new StorageError(
      `${String(location)} is a path, and there is no file system here: in a browser give an address ` +
        "(https://…), a File, or bytes",
    );
  }
  const path = location instanceof URL ? url.fileURLToPath(location) : location;
  let file: FileHandle;
  let size: number;
  try {
    file = await fs.open(path, "r");
  } catch (cause) {
    throw new StorageError(`${path} could not be opened: ${reasonOf(cause)}`, { cause });
  }
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new StorageError(`${path} is a folder: give the path of a file in it`);
    size = stats.size;
  } catch (error) {
    await file.close();
    throw error;
  }
  let open = true;
  return {
    label: path,
    size,
    async read(begin, into) {
      checkRange(path, size, begin, begin + into.byteLength, !open);
      await readFully(file, path, begin, into);
    },
    sibling: async (name) => fileSource(node.join(node.dirname(path), ...partsInside(name, path))),
    async close() {
      if (!open) return;
      open = false;
      await file.close();
    },
  };
}

/** Bytes that are read at a time: one long read into memory that is new takes longer than many. */
const PIECE = 1 << 20;

/** The operating system may give less than was asked for at a time. */
async function readFully(file: FileHandle, path: string, begin: number, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.byteLength;) {
    let bytesRead: number;
    try {
      ({ bytesRead } = await file.read(into, done, Math.min(PIECE, into.byteLength - done), begin + done));
    } catch (cause) {
      throw new StorageError(`${path} could not be read at byte ${begin + done}: ${reasonOf(cause)}`, {
        cause,
      });
    }
    if (bytesRead === 0) {
      throw new StorageError(
        `${path} ends at byte ${begin + done}: it was cut since it was opened. Open it again`,
      );
    }
    done += bytesRead;
  }
}

/** What Node says of a failure, such as "ENOENT: no such file or directory". */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
