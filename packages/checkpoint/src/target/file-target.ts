/** @file A file of the disk as a target, in Node, Deno and Bun. */
import type { FileHandle } from "node:fs/promises";
import { StorageError } from "../errors.ts";
import { reasonOf } from "../source/file-source.ts";
import { nodeModule } from "../source/node.ts";
import type { ByteTarget } from "./byte-target.ts";

/**
 * Writes a temporary file beside `location`, and puts it in its place when all of it is on the disk: a crash leaves the
 * old file or the new one, never a part.
 */
export async function fileTarget(location: string | URL): Promise<ByteTarget> {
  const fs = nodeModule("node:fs/promises");
  const node = nodeModule("node:path");
  const url = nodeModule("node:url");
  if (!fs || !node || !url) {
    throw new StorageError(
      `${String(location)} is a path, and there is no file system here: in a browser write to ` +
        '"opfs://…", "indexeddb://…" or "downloads://…"',
    );
  }
  const given = location instanceof URL ? url.fileURLToPath(location) : location;
  // A link stays one: what it names is replaced.
  const path = await fs.realpath(given).catch(() => given);
  await checkKind(fs, path);
  const folder = node.dirname(path);
  // Random, as two processes may write the same file; the name of a file has at most 255 bytes.
  const temporary = node.join(folder, `.${node.basename(path).slice(0, 50)}.${randomName()}.tmp`);
  const fail = (cause: unknown): never => {
    throw new StorageError(`${path} could not be written: ${reasonOf(cause)}`, { cause });
  };
  let file: FileHandle;
  try {
    file = await fs.open(temporary, "wx");
  } catch (cause) {
    return fail(cause);
  }
  return {
    label: path,
    async write(bytes) {
      try {
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
          done += bytesWritten;
        }
      } catch (cause) {
        fail(cause);
      }
    },
    async close() {
      try {
        await file.sync();
        await file.close();
        await fs.rename(temporary, path);
      } catch (cause) {
        await file.close().catch(() => {});
        await fs.rm(temporary, { force: true });
        fail(cause);
      }
      await syncFolder(fs, folder);
    },
    async abort() {
      await file.close().catch(() => {});
      await fs.rm(temporary, { force: true });
    },
  };
}

/** A rename would put a file in the place of a device or a pipe. */
async function checkKind(fs: typeof import("node:fs/promises"), path: string): Promise<void> {
  const stats = await fs.stat(path).catch(() => undefined);
  if (!stats || stats.isFile()) return;
  throw new StorageError(
    stats.isDirectory()
      ? `${path} is a folder: give the path of a file in it`
      : `${path} is no file: give a stream, for instance Writable.toWeb(process.stdout)`,
  );
}

/** Makes a rename survive a loss of power. Not every system can open folders; there the rename has happened all the same. */
async function syncFolder(fs: typeof import("node:fs/promises"), folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await fs.open(folder, "r");
    await handle.sync();
  } catch {
    // Windows refuses.
  } finally {
    await handle?.close();
  }
}

const randomName = () => Math.floor(Math.random() * 2 ** 48).toString(36);
