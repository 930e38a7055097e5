/** @file A directory in memory that fails where it is told to, and forgets what was not synced when its machine stops. */
import { FileFormatError, type ByteSource, type CheckpointDirectory, type NewFile } from "@nnx-js/checkpoint";

/** An operation that can fail. */
export type Operation =
  "list" | "create" | "write" | "syncFile" | "close" | "rename" | "sync" | "open" | "delete";

/** What happens at an operation: it fails before, or after, it has had its effect, or the machine stops there. */
export type Fault = "before" | "after" | "stop before" | "stop after";

/** The machine has stopped: nothing is answered any more. */
class MachineStopped extends Error {}

interface Content {
  bytes: number[];
  /** As many are on the disk for sure. */
  synced: number;
}

/** What is on a disk, and what is only on its way there. */
export class MemoryDisk {
  /** The names that last. */
  durable = new Map<string, Content>();
  /** The names that a living machine sees. */
  names = new Map<string, Content>();

  /** What the disk holds after the machine stopped: of what was not synced, what `survives` says. */
  restart(survives: () => number): MemoryDisk {
    const disk = new MemoryDisk();
    // Of names that were not synced, all changes are there or none: file systems keep their order.
    const names = survives() < 0.5 ? this.durable : this.names;
    for (const [name, { bytes, synced }] of names) {
      const length = synced + Math.floor(survives() * (bytes.length - synced + 1));
      const content = { bytes: bytes.slice(0, length), synced: length };
      disk.names.set(name, content);
      disk.durable.set(name, content);
    }
    return disk;
  }
}

let writers = 0;

/** A directory on `disk`, as one machine sees it. */
export class MemoryDirectory implements CheckpointDirectory {
  readonly label = "memory";
  readonly writer = `w${++writers}`;
  readonly disk: MemoryDisk;
  /** Asked before each operation. */
  fault: (operation: Operation) => Fault | undefined = () => undefined;
  /** The writers that are at work. */
  readonly living: Set<string>;
  /** All operations so far. */
  readonly log: Operation[] = [];
  /** Files that are open for reading. */
  opened = 0;
  private hasStopped = false;

  constructor(disk = new MemoryDisk(), living = new Set<string>()) {
    this.disk = disk;
    this.living = living;
    living.add(this.writer);
  }

  list(): Promise<string[]> {
    return this.perform("list", () => [...this.disk.names.keys()]);
  }

  async create(name: string): Promise<NewFile> {
    const content: Content = { bytes: [], synced: 0 };
    await this.perform("create", () => void this.disk.names.set(name, content));
    return {
      write: (bytes) =>
        this.perform(
          "write",
          () => void content.bytes.push(...bytes),
          () => void content.bytes.push(...bytes.subarray(0, bytes.length / 2)),
        ),
      sync: () => this.perform("syncFile", () => void (content.synced = content.bytes.length)),
      close: () => this.perform("close", () => {}),
    };
  }

  rename(from: string, to: string): Promise<void> {
    return this.perform("rename", () => {
      const { names } = this.disk;
      const content = names.get(from);
      if (!content) throw new Error(`${from} is not there`);
      names.set(to, content);
      names.delete(from);
    });
  }

  sync(): Promise<void> {
    return this.perform("sync", () => void (this.disk.durable = new Map(this.disk.names)));
  }

  open(name: string): Promise<ByteSource> {
    return this.perform("open", () => {
      const content = this.disk.names.get(name);
      if (!content) throw new Error(`${name} is not there`);
      const bytes = Uint8Array.from(content.bytes);
      let isOpen = true;
      this.opened++;
      return {
        label: name,
        size: bytes.length,
        read: async (begin: number, into: Uint8Array) => {
          if (begin + into.length > bytes.length) throw new FileFormatError("too short");
          into.set(bytes.subarray(begin, begin + into.length));
        },
        close: async () => {
          if (isOpen) this.opened--;
          isOpen = false;
        },
      };
    });
  }

  delete(name: string): Promise<void> {
    return this.perform("delete", () => void this.disk.names.delete(name));
  }

  async isAlive(writer: string): Promise<boolean> {
    return this.living.has(writer);
  }

  async close(): Promise<void> {
    this.living.delete(this.writer);
  }

  private async perform<T>(operation: Operation, effect: () => T, half: () => void = () => {}): Promise<T> {
    // Real ones take a while.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.hasStopped) throw new MachineStopped();
    this.log.push(operation);
    const fault = this.fault(operation);
    if (fault === "stop before" || fault === "stop after") this.hasStopped = true;
    if (fault === "before" || fault === "stop before") {
      half();
      throw fault === "before" ? new Error(`${operation} failed`) : new MachineStopped();
    }
    const result = effect();
    if (fault) throw fault === "after" ? new Error(`${operation} failed late`) : new MachineStopped();
    return result;
  }
}
