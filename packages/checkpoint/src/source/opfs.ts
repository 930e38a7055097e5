/** @file The browser's own file system (OPFS): finding files by their path. */
import { StorageError } from "../errors.ts";
import { blobSource } from "./blob-source.ts";
import { partsInside } from "./folder-name.ts";
import type { ByteSource } from "./byte-source.ts";

/** A file's folder and name. */
export interface OpfsPlace {
  readonly folder: FileSystemDirectoryHandle;
  readonly name: string;
}

/** Opens a file by its path, such as "models/digits.safetensors". */
export async function opfsSource(path: string): Promise<ByteSource> {
  const label = `opfs://${path}`;
  let file: File;
  try {
    const { folder, name } = await opfsPlace(path, false);
    file = await (await folder.getFileHandle(name)).getFile();
  } catch (cause) {
    throw opfsError(label, "opened", cause);
  }
  const beside = path.split("/").slice(0, -1);
  const sibling = async (name: string) => opfsSource([...beside, ...partsInside(name, label)].join("/"));
  return { ...blobSource(file, label), sibling };
}

/** Opens the file of a handle as it is now. */
export async function handleSource(handle: FileSystemFileHandle): Promise<ByteSource> {
  const label = `the file ${JSON.stringify(handle.name)}`;
  try {
    return blobSource(await handle.getFile(), label);
  } catch (cause) {
    throw opfsError(label, "opened", cause);
  }
}

/** The folder of a path, made where it is missing if `create`. */
export async function opfsPlace(path: string, create: boolean): Promise<OpfsPlace> {
  const parts = path.split("/").filter((part) => part !== "");
  const name = parts.pop();
  if (name === undefined)
    throw new StorageError('expected a path such as "opfs://models/digits.safetensors"');
  let folder = await privateRoot('In other pages write "indexeddb://…"; elsewhere give a path');
  for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
  return { folder, name };
}

/** Whether there is an origin private file system: WebKitGTK, for one, has none. */
function hasPrivateRoot(): boolean {
  const { navigator } = globalThis as { navigator?: { storage?: { getDirectory?: unknown } } };
  return typeof navigator?.storage?.getDirectory === "function";
}

/** The root of the origin private file system. @throws StorageError that ends with `repair` where there is none */
export async function privateRoot(repair: string): Promise<FileSystemDirectoryHandle> {
  if (hasPrivateRoot()) return navigator.storage.getDirectory();
  throw new StorageError(
    `there is no OPFS here: most browsers have it, on pages of https: and localhost. ${repair}`,
  );
}

/** A failure of the file system with a repair for what the browser names. */
export function opfsError(label: string, what: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const { name = "", message = String(cause) } = cause as Partial<DOMException>;
  const repairs: Record<string, string> = {
    NotFoundError: "there is no such file",
    TypeMismatchError: "a folder has this name, or a file the name of one of its folders",
    NoModificationAllowedError: "something else has it open for writing",
    NotAllowedError: "the user has not allowed it: ask by handle.requestPermission() after a click",
    QuotaExceededError: "the browser gives this page no more space: delete other files",
  };
  return new StorageError(`${label} could not be ${what}: ${repairs[name] ?? message}`, { cause });
}

/** Whether it is the handle of a file. */
export function isFileHandle(value: unknown): value is FileSystemFileHandle {
  return typeof FileSystemFileHandle !== "undefined" && value instanceof FileSystemFileHandle;
}
