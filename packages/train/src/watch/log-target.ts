/** @file Where logs go: a file of Node, a stream, or a function. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { LogError } from "../errors.ts";
import { nodeModule } from "./node.ts";

/**
 * Where a log goes: the path or `file:` address of a file (in Node), a stream of bytes, or a function that takes the
 * next bytes.
 */
export type LogTarget =
  string | URL | WritableStream<Uint8Array> | ((bytes: Uint8Array) => void | Promise<void>);

/** An open log. */
export interface LogSink {
  /** @throws LogError */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const LOCKED =
  "expected a stream that nobody writes to, got one that is locked. Release its writer, writer.releaseLock(), or give a " +
  "function, (bytes) => writer.write(bytes).";

/** @throws InvalidArgumentError for what is no target, on behalf of `caller` */
export function checkLogTarget(target: unknown, caller: string): void {
  if (typeof target === "string" && target !== "") return;
  if (typeof target === "function" || target instanceof URL) return;
  if (isStream(target)) {
    if (target.locked) throw new InvalidArgumentError(`${caller}: ${LOCKED}`);
    return;
  }
  const got = target === "" ? "an empty path" : target === null ? "null" : typeof target;
  throw new InvalidArgumentError(
    `${caller}: expected a path, a stream or a function, got ${got}. Write ${caller}("out/log.jsonl").`,
  );
}

/**
 * Opens `target`.
 *
 * @param kept of a file that exists, how much stays: all before what is returned, in bytes; nothing unless given
 * @throws LogError where it cannot be opened
 */
export async function openLog(
  target: LogTarget,
  kept: (contents: Uint8Array) => number = () => 0,
): Promise<LogSink> {
  if (typeof target === "function") {
    return { write: (bytes) => guarded("the log", async () => target(bytes)), close: async () => {} };
  }
  if (isStream(target)) {
    if (target.locked) throw new LogError(LOCKED);
    const writer = target.getWriter();
    return {
      write: (bytes) => guarded("the log", () => writer.write(bytes)),
      close: () => guarded("the log", () => writer.close()),
    };
  }
  return openFile(target, kept);
}

async function openFile(path: string | URL, kept: (contents: Uint8Array) => number): Promise<LogSink> {
  const fs = nodeModule("node:fs/promises");
  if (!fs) {
    throw new LogError(
      `expected a stream or a function for the log, got the path ${String(path)}, which only Node can write to.`,
    );
  }
  const name = String(path);
  const handle = await guarded(name, async () => {
    await fs.mkdir(folderOf(path), { recursive: true });
    const opened = await fs.open(path, "a+");
    try {
      // A pipe or a device has nothing to keep.
      if ((await opened.stat()).isFile()) {
        const contents = await opened.readFile();
        const length = Math.min(kept(contents), contents.length);
        if (length < contents.length) await opened.truncate(length);
      }
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  });
  return {
    write: (bytes) => guarded(name, () => handle.appendFile(bytes)),
    close: () => guarded(name, () => handle.close()),
  };
}

function folderOf(path: string | URL): string {
  const file = typeof path === "string" ? path : nodeModule("node:url")!.fileURLToPath(path);
  return nodeModule("node:path")!.dirname(file);
}

/** Says which log it was. */
async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LogError(
      `expected to write to ${name}, got: ${reason}. The model and its state are as they were after the last step.`,
      { cause: error },
    );
  }
}

function isStream(target: unknown): target is WritableStream<Uint8Array> {
  return typeof target === "object" && target !== null && "getWriter" in target;
}
