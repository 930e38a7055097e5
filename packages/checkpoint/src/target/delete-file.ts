/** @file Deletes files by their addresses. */
import { StorageError } from "../errors.ts";
import { deleteIndexedDbFile } from "../indexed-db/indexed-db-source.ts";
import { addressOf } from "../source/address.ts";
import { opfsError, opfsPlace } from "../source/opfs.ts";

/**
 * Deletes a file that was written to `opfs://folder/file` or `indexeddb://name`; that there is none is no error.
 *
 * @throws StorageError where it cannot be deleted
 *
 * @example
 * await deleteFile("indexeddb://digits");
 */
export async function deleteFile(location: string): Promise<void> {
  const address = addressOf(location);
  if (address?.scheme === "indexeddb") return deleteIndexedDbFile(address.rest);
  if (address?.scheme === "opfs") return deleteOpfsFile(address.rest);
  throw new StorageError(
    `${location}: expected "opfs://…" or "indexeddb://…"; files of the disk are deleted by rm of node:fs/promises`,
  );
}

async function deleteOpfsFile(path: string): Promise<void> {
  try {
    const { folder, name } = await opfsPlace(path, false);
    await folder.removeEntry(name);
  } catch (cause) {
    if ((cause as Partial<DOMException>).name === "NotFoundError") return;
    throw opfsError(`opfs://${path}`, "deleted", cause);
  }
}
