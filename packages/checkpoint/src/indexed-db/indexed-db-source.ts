/** @file A file in IndexedDB as a source. */
import { guesses } from "@nnx-js/nn";
import { StorageError } from "../errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { checkRange } from "../source/range.ts";
import { answer, openDatabase, PIECE, piecesOf, type StoredFile } from "./database.ts";

/** Opens a file that was written to `indexeddb://name`. */
export async function indexedDbSource(name: string): Promise<ByteSource> {
  const label = `indexeddb://${name}`;
  const database = await openDatabase(label);
  const files = database.transaction("files").objectStore("files");
  const file = (await answer(files.get(name), label)) as StoredFile | undefined;
  if (!file) {
    const names = (await answer(database.transaction("files").objectStore("files").getAllKeys(), label)).map(
      String,
    );
    database.close();
    const known = names.length === 0 ? "nothing was written yet" : `there are ${names.join(", ")}`;
    throw new StorageError(
      [`${label}: there is no such file; ${known}`, ...guesses([name], names)].join("\n"),
    );
  }
  const { id, size } = file;
  let closed = false;
  let last: { index: number; bytes: Uint8Array } | undefined;

  async function piece(index: number): Promise<Uint8Array> {
    if (last?.index === index) return last.bytes;
    const store = database.transaction("pieces").objectStore("pieces");
    const buffer = (await answer(store.get([id, index]), label)) as ArrayBuffer | undefined;
    if (!buffer)
      throw new StorageError(`${label}: it was replaced or deleted while it was read. Open it again`);
    last = { index, bytes: new Uint8Array(buffer) };
    return last.bytes;
  }

  return {
    label,
    size,
    async read(begin, into) {
      checkRange(label, size, begin, begin + into.length, closed);
      for (let filled = 0; filled < into.length;) {
        const at = begin + filled;
        const bytes = await piece(Math.floor(at / PIECE));
        const part = bytes.subarray(at % PIECE, (at % PIECE) + into.length - filled);
        into.set(part, filled);
        filled += part.length;
      }
    },
    close: async () => {
      closed = true;
      last = undefined;
      database.close();
    },
  };
}

/** Deletes a file of IndexedDB; one that is not there is no error. */
export async function deleteIndexedDbFile(name: string): Promise<void> {
  const label = `indexeddb://${name}`;
  const database = await openDatabase(label);
  try {
    const transaction = database.transaction(["files", "pieces"], "readwrite");
    const files = transaction.objectStore("files");
    const file = (await answer(files.get(name), label)) as StoredFile | undefined;
    if (!file) return;
    files.delete(name);
    await answer(transaction.objectStore("pieces").delete(piecesOf(file.id)), label);
  } finally {
    database.close();
  }
}
