/** @file IndexedDB as a target. */
import { StorageError } from "../errors.ts";
import type { ByteTarget } from "../target/byte-target.ts";
import {
  answer,
  committed,
  openDatabase,
  PIECE,
  piecesOf,
  type PendingFile,
  type StoredFile,
} from "./database.ts";

/**
 * Writes a file under `name`, in pieces. They belong to no file until one transaction in the end puts the new file in
 * the place of the old; what a writer left that died is deleted by the next one of the same name.
 */
export async function indexedDbTarget(name: string): Promise<ByteTarget> {
  const label = `indexeddb://${name}`;
  const database = await openDatabase(label);
  const id = `${Date.now().toString(36)}-${Math.floor(Math.random() * 2 ** 48).toString(36)}`;
  const block = new Uint8Array(PIECE);
  let size = 0;

  async function begin(): Promise<void> {
    const transaction = database.transaction(["pending", "pieces"], "readwrite");
    const pending = transaction.objectStore("pending");
    for (const file of (await answer(pending.getAll(), label)) as PendingFile[]) {
      if (file.name !== name) continue;
      pending.delete(file.id);
      transaction.objectStore("pieces").delete(piecesOf(file.id));
    }
    pending.put({ id, name } satisfies PendingFile);
    await committed(transaction, label);
  }

  /** Files the first bytes of the block as the piece that ends at `size`. */
  async function put(length: number): Promise<void> {
    const transaction = database.transaction("pieces", "readwrite");
    transaction.objectStore("pieces").put(block.slice(0, length).buffer, [id, (size - length) / PIECE]);
    await committed(transaction, label);
  }

  async function replace(): Promise<void> {
    const transaction = database.transaction(["files", "pending", "pieces"], "readwrite", {
      durability: "strict",
    });
    const [files, pending] = [transaction.objectStore("files"), transaction.objectStore("pending")];
    if (!(await answer(pending.get(id), label))) {
      throw new StorageError(`${label}: something else began to write it in the meantime`);
    }
    const old = (await answer(files.get(name), label)) as StoredFile | undefined;
    if (old) transaction.objectStore("pieces").delete(piecesOf(old.id));
    files.put({ name, id, size } satisfies StoredFile);
    pending.delete(id);
    await committed(transaction, label);
  }

  async function abort(): Promise<void> {
    try {
      const transaction = database.transaction(["pending", "pieces"], "readwrite");
      transaction.objectStore("pending").delete(id);
      transaction.objectStore("pieces").delete(piecesOf(id));
      await committed(transaction, label);
    } catch {
      // The next writer deletes it.
    } finally {
      database.close();
    }
  }

  try {
    await begin();
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    label,
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        const used = size % PIECE;
        const part = bytes.subarray(at, at + PIECE - used);
        block.set(part, used);
        at += part.length;
        size += part.length;
        if (size % PIECE === 0) await put(PIECE);
      }
    },
    async close() {
      try {
        if (size % PIECE > 0) await put(size % PIECE);
        await replace();
      } catch (error) {
        await abort();
        throw error;
      }
      database.close();
    },
    abort,
  };
}
