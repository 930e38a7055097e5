/** @file The browser's own file system (OPFS), and files that the user chose, as targets. */
import { StorageError } from "../errors.ts";
import { opfsError, opfsPlace } from "../source/opfs.ts";
import type { ByteTarget } from "./byte-target.ts";

/** TypeScript's declarations do not have it yet. */
interface Movable {
  move?(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** Writes a temporary file beside `path`, and moves it there in the end. */
export async function opfsTarget(path: string): Promise<ByteTarget> {
  const label = `opfs://${path}`;
  try {
    const { folder, name } = await opfsPlace(path, true);
    const temporary = `.${name}.${Math.floor(Math.random() * 2 ** 48).toString(36)}.tmp`;
    const handle = (await folder.getFileHandle(temporary, { create: true })) as FileSystemFileHandle &
      Movable;
    if (!handle.move) {
      await folder.removeEntry(temporary);
      return await handleTarget(await folder.getFileHandle(name, { create: true }), label);
    }
    const written = await handleTarget(handle, label);
    const remove = () => removeFreed(folder, temporary);
    return {
      ...written,
      async close() {
        try {
          await written.close();
          await handle.move!(folder, name);
        } catch (cause) {
          await remove();
          throw opfsError(label, "written", cause);
        }
      },
      async abort() {
        await written.abort();
        await remove();
      },
    };
  } catch (cause) {
    throw opfsError(label, "written", cause);
  }
}

/** Pauses before a file that is still locked is removed again, in milliseconds. */
const PAUSES = [5, 20, 80, 320];

/** Removes a file that was being written: browsers lock it for a moment longer than `abort` takes. */
async function removeFreed(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (const pause of PAUSES) {
    try {
      await folder.removeEntry(name);
      return;
    } catch (error) {
      if ((error as Partial<DOMException>).name === "NotFoundError") return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  await folder.removeEntry(name).catch(() => {});
}

/** Writes to a handle; browsers themselves keep what was there until the end. */
export async function handleTarget(
  handle: FileSystemFileHandle,
  label = `the file ${JSON.stringify(handle.name)}`,
): Promise<ByteTarget> {
  // Older Safari writes by access handles of workers only.
  if (!("createWritable" in handle)) {
    throw new StorageError(
      `${label} could not be written: this browser has no createWritable. Write "indexeddb://…"`,
    );
  }
  let stream: FileSystemWritableFileStream;
  try {
    stream = await handle.createWritable();
  } catch (cause) {
    throw opfsError(label, "written", cause);
  }
  const guard = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (cause) {
      throw opfsError(label, "written", cause);
    }
  };
  return {
    label,
    write: (bytes) => guard(stream.write(bytes as Uint8Array<ArrayBuffer>)),
    close: () => guard(stream.close()),
    abort: () => stream.abort().catch(() => {}),
  };
}
