/** @file The IndexedDB database in which files are kept, cut into pieces. */
import { StorageError } from "../errors.ts";

/** The database, as the tools of browsers show it. */
const DATABASE = "nnx-js";
/** Bytes of a piece. */
export const PIECE = 1 << 20;

/** A file that is whole. */
export interface StoredFile {
  readonly name: string;
  /** What its pieces are filed under. */
  readonly id: string;
  readonly size: number;
}

/** A file that is being written, or whose writer died. */
export interface PendingFile {
  readonly id: string;
  readonly name: string;
}

/** Opens the database, and makes it where there is none. */
export async function openDatabase(label: string): Promise<IDBDatabase> {
  const { indexedDB } = globalThis as { indexedDB?: IDBFactory };
  if (!indexedDB) {
    throw new StorageError(`${label}: there is no IndexedDB here: browsers have it. Elsewhere give a path`);
  }
  const opening = indexedDB.open(DATABASE, 1);
  opening.addEventListener("upgradeneeded", () => {
    opening.result.createObjectStore("files", { keyPath: "name" });
    opening.result.createObjectStore("pending", { keyPath: "id" });
    opening.result.createObjectStore("pieces");
  });
  const database = await answer(opening, label);
  // Lets other pages delete the database.
  database.addEventListener("versionchange", () => database.close());
  return database;
}

/** What a request gives. */
export function answer<T>(request: IDBRequest<T>, label: string): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(failure(label, request.error)));
  });
}

/** Waits until a transaction is done. */
export function committed(transaction: IDBTransaction, label: string): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(failure(label, transaction.error)));
  });
}

/** The keys of all pieces of a file. */
export function piecesOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Infinity]);
}

function failure(label: string, cause: DOMException | null): StorageError {
  const reason =
    cause?.name === "QuotaExceededError"
      ? "the browser gives this page no more space: delete other files"
      : (cause?.message ?? "the transaction was aborted");
  return new StorageError(`${label}: ${reason}`, { cause });
}
