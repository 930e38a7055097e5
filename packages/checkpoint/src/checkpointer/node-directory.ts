/** @file A folder of Node's file system (Deno's and Bun's too) as a directory of checkpoints. */
import type { FileHandle } from "node:fs/promises";
import { fileSource } from "../source/file-source.ts";
import { nodeModule } from "../source/node.ts";
import type { CheckpointDirectory, NewFile } from "./checkpoint-directory.ts";
import { randomName } from "./random-name.ts";

/** The modules that are used here. */
function node() {
  return {
    fs: nodeModule("node:fs/promises")!,
    path: nodeModule("node:path")!,
    os: nodeModule("node:os")!,
  };
}

/** A writer of another machine that was silent for so long is dead; in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

/** The folder at `path`. */
export class NodeDirectory implements CheckpointDirectory {
  readonly label: string;
  readonly writer: string;
  private readonly modules = node();
  private readonly host: string;
  private readonly folder: string;
  private isMade = false;

  constructor(folder: string) {
    this.folder = this.modules.path.resolve(folder);
    this.label = folder;
    this.host = this.modules.os.hostname().replaceAll(/[^A-Za-z0-9]+/g, "-");
    this.writer = `${globalThis.process.pid}-${randomName()}-${this.host}`;
  }

  async list(): Promise<string[]> {
    try {
      const entries = await this.modules.fs.readdir(this.folder, { withFileTypes: true });
      return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  async create(name: string): Promise<NewFile> {
    const { fs, path } = this.modules;
    if (!this.isMade) {
      const first = await fs.mkdir(this.folder, { recursive: true });
      // The names of new folders have to last as well.
      if (first !== undefined) {
        for (let made = this.folder; made !== path.dirname(first); made = path.dirname(made)) {
          await this.syncFolder(path.dirname(made));
        }
      }
      this.isMade = true;
    }
    return new NodeFile(await fs.open(this.pathOf(name), "w"));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.modules.fs.rename(this.pathOf(from), this.pathOf(to));
  }

  async sync(): Promise<void> {
    await this.syncFolder(this.folder);
  }

  open(name: string) {
    return fileSource(this.pathOf(name));
  }

  async delete(name: string): Promise<void> {
    await this.modules.fs.rm(this.pathOf(name), { force: true });
  }

  async isAlive(writer: string, name: string): Promise<boolean> {
    const [, pid, , host] = /^(\d+)-([0-9a-z]+)-(.*)$/.exec(writer) ?? [];
    const { process } = globalThis;
    const modified = await this.modified(name);
    if (modified === undefined) return false;
    if (host !== this.host) return Date.now() - modified < DAY;
    // Of this process, which may have the number of one before it: what is older than it is not its own.
    if (Number(pid) === process.pid) return modified >= Date.now() - process.uptime() * 1000 - 1000;
    try {
      process.kill(Number(pid), 0);
      return true;
    } catch (error) {
      return codeOf(error) !== "ESRCH";
    }
  }

  async close(): Promise<void> {}

  private pathOf(name: string): string {
    return this.modules.path.join(this.folder, name);
  }

  /** When a file was last written to; undefined where there is none. */
  private async modified(name: string): Promise<number | undefined> {
    try {
      return (await this.modules.fs.stat(this.pathOf(name))).mtimeMs;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  private async syncFolder(folder: string): Promise<void> {
    // Windows opens no folders, and keeps names in its journal.
    if (globalThis.process.platform === "win32") return;
    const handle = await this.modules.fs.open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

class NodeFile implements NewFile {
  private readonly handle: FileHandle;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let begin = 0; begin < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, begin);
      begin += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
