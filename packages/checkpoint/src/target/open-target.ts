/** @file Opens whatever bytes can be written to. */
import { StorageError } from "../errors.ts";
import { indexedDbTarget } from "../indexed-db/indexed-db-target.ts";
import { addressOf, type Address } from "../source/address.ts";
import { isFileHandle } from "../source/opfs.ts";
import type { ByteTarget, Target } from "./byte-target.ts";
import { downloadTarget } from "./download-target.ts";
import { fileTarget } from "./file-target.ts";
import { handleTarget, opfsTarget } from "./opfs-target.ts";
import { streamTarget } from "./stream-target.ts";

/**
 * Opens a target; the caller ends it by `close` or `abort`.
 *
 * @throws StorageError where it cannot be opened
 *
 * @example
 * const target = await openTarget("model.safetensors");
 * await target.write(bytes);
 * await target.close();
 */
export async function openTarget(target: Target): Promise<ByteTarget> {
  if (typeof target === "string") {
    const address = addressOf(target);
    return address ? openAddress(address, target) : fileTarget(target);
  }
  if (target instanceof URL) {
    if (target.protocol === "file:") return fileTarget(target);
    const { scheme, rest } = addressOf(target.href)!;
    return openAddress({ scheme, rest: decodeURIComponent(rest) }, target.href);
  }
  if (typeof WritableStream !== "undefined" && target instanceof WritableStream) return streamTarget(target);
  if (isByteTarget(target)) return target;
  if (isFileHandle(target)) return handleTarget(target);
  throw new StorageError(
    "expected a path, a file: URL, a FileSystemFileHandle, a WritableStream, or an object with write, close and " +
      `abort; found ${typeof target}`,
  );
}

async function openAddress({ scheme, rest }: Address, text: string): Promise<ByteTarget> {
  switch (scheme) {
    case "file":
      return fileTarget(new URL(text));
    case "opfs":
      return opfsTarget(rest);
    case "indexeddb":
      return indexedDbTarget(rest);
    case "downloads":
      return downloadTarget(rest);
    default:
      throw new StorageError(
        `${text}: nothing can be written to ${scheme}: addresses; expected a path, or one of "opfs://…", ` +
          '"indexeddb://…", "downloads://…"',
      );
  }
}

function isByteTarget(value: unknown): value is ByteTarget {
  if (typeof value !== "object" || value === null) return false;
  const { write, close, abort } = value as Partial<ByteTarget>;
  return typeof write === "function" && typeof close === "function" && typeof abort === "function";
}
