/** @file A directory of the origin private file system of browsers (OPFS), where checkpoints outlive the page. */
import { StorageError } from "../errors.ts";
import { blobSource } from "../source/blob-source.ts";
import { privateRoot } from "../source/opfs.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { CheckpointDirectory, NewFile } from "./checkpoint-directory.ts";
import { randomName } from "./random-name.ts";

/** What browsers have and TypeScript's library for pages does not know. */
type FileOfBrowser = FileSystemFileHandle & {
  move?(name: string): Promise<void>;
  createSyncAccessHandle?(): Promise<AccessHandle>;
};

/** A file that is open in a worker. */
interface AccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** What to do where there is no such file system. */
const NO_OPFS =
  'In other pages give a Checkpointer a directory of your own, or keep what saveModel writes by "indexeddb://…"';

/** A writer without a sign of life for so long is dead, where the browser has no locks; in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

/** The directory of a handle, or at a path below the root of the origin private file system. */
export class OpfsDirectory implements CheckpointDirectory {
  readonly label: string;
  readonly writer = randomName();
  private readonly place: string | FileSystemDirectoryHandle;
  private handle: FileSystemDirectoryHandle | undefined;
  /** Ends the lock that tells other pages that this writer lives. */
  private release: (() => void) | undefined;

  constructor(place: string | FileSystemDirectoryHandle) {
    this.place = place;
    this.label = typeof place === "string" ? `opfs:${place}` : `the directory ${JSON.stringify(place.name)}`;
  }

  async list(): Promise<string[]> {
    const directory = await this.find(false);
    const names: string[] = [];
    if (directory) for await (const [name, { kind }] of directory.entries()) if (kind === "file") names.push(name); // prettier-ignore
    return names;
  }

  async create(name: string): Promise<NewFile> {
    const directory = await this.find(true);
    await this.lock();
    const file = await directory!.getFileHandle(name, { create: true });
    return "createWritable" in file ? new StreamedFile(await file.createWritable()) : AccessedFile.open(file);
  }

  async rename(from: string, to: string): Promise<void> {
    const directory = await this.find(true);
    const file: FileOfBrowser = await directory!.getFileHandle(from);
    if (file.move) {
      await file.move(to);
      return;
    }
    // A page that is closed meanwhile leaves a part of a file, whose checksum is not the one of its name.
    const copy = await directory!.getFileHandle(to, { create: true });
    await (await file.getFile()).stream().pipeTo(await copy.createWritable());
    await directory!.removeEntry(from);
  }

  /** Closing a file is all that a page can do. */
  async sync(): Promise<void> {}

  async open(name: string): Promise<ByteSource> {
    const directory = await this.find(false);
    if (!directory) throw new StorageError(`${this.label} is not there`);
    const file = await directory.getFileHandle(name);
    return blobSource(await file.getFile(), `${this.label}/${name}`);
  }

  async delete(name: string): Promise<void> {
    const directory = await this.find(false);
    await directory?.removeEntry(name).catch(ifMissing);
  }

  async isAlive(writer: string, name: string): Promise<boolean> {
    const locks = locksOfOrigin();
    if (locks) {
      const { held = [], pending = [] } = await locks.query();
      return [...held, ...pending].some((lock) => lock.name === lockName(writer));
    }
    const file = await (await this.find(false))?.getFileHandle(name).catch(ifMissing);
    return file !== undefined && Date.now() - (await file.getFile()).lastModified < DAY;
  }

  async close(): Promise<void> {
    this.release?.();
    this.release = undefined;
  }

  /** The directory, which is made if it has to be; undefined where it is not there. */
  private async find(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
    if (this.handle) return this.handle;
    if (typeof this.place !== "string") return (this.handle = this.place);
    let directory = await privateRoot(NO_OPFS);
    for (const part of this.place.split("/").filter((part) => part !== "")) {
      const next = await directory.getDirectoryHandle(part, { create }).catch(ifMissing);
      if (!next) return undefined;
      directory = next;
    }
    return (this.handle = directory);
  }

  /** Holds a lock as long as this writer lives; the browser frees it when the page goes. */
  private async lock(): Promise<void> {
    const locks = locksOfOrigin();
    if (this.release || !locks) return;
    await new Promise<void>((held, failed) => {
      const hold = () =>
        new Promise<void>((release) => {
          this.release = release;
          held();
        });
      locks.request(lockName(this.writer), hold).catch(failed);
    });
  }
}

/** A file that browsers put in place when it is closed. */
class StreamedFile implements NewFile {
  private readonly stream: FileSystemWritableFileStream;

  constructor(stream: FileSystemWritableFileStream) {
    this.stream = stream;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.stream.write(bytes as Uint8Array<ArrayBuffer>);
  }

  async sync(): Promise<void> {}

  close(): Promise<void> {
    return this.stream.close();
  }
}

/** The way of workers in browsers that have no other. */
class AccessedFile implements NewFile {
  private readonly access: AccessHandle;
  private length = 0;

  private constructor(access: AccessHandle) {
    this.access = access;
  }

  static async open(file: FileOfBrowser): Promise<AccessedFile> {
    if (file.createSyncAccessHandle) return new AccessedFile(await file.createSyncAccessHandle());
    throw new StorageError(
      "this browser writes to its private file system in workers only: make the Checkpointer in one",
    );
  }

  async write(bytes: Uint8Array): Promise<void> {
    let begin = 0;
    while (begin < bytes.length) {
      const written = this.access.write(bytes.subarray(begin), { at: this.length });
      if (written === 0) throw new StorageError("the browser's quota is used up");
      begin += written;
      this.length += written;
    }
  }

  async sync(): Promise<void> {
    this.access.flush();
  }

  async close(): Promise<void> {
    this.access.close();
  }
}

/** The locks of all pages of the origin; some engines, and insecure pages, have none. */
function locksOfOrigin(): LockManager | undefined {
  return (navigator as { locks?: LockManager }).locks;
}

function lockName(writer: string): string {
  return `nnx-checkpoint-${writer}`;
}

function ifMissing(error: unknown): undefined {
  if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
  throw error;
}
