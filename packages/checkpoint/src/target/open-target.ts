/** @file Opens whatever bytes can be written to. */
import { StorageError } from "../errors.ts";
import type { ByteTarget, Target } from "./byte-target.ts";
import { fileTarget } from "./file-target.ts";
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
    // Of two letters or more, so that the drives of Windows are paths.
    return /^[a-z][a-z\d+.-]+:/i.test(target) ? openUrl(new URL(target)) : fileTarget(target);
  }
  if (target instanceof URL) return openUrl(target);
  if (typeof WritableStream !== "undefined" && target instanceof WritableStream) return streamTarget(target);
  if (isByteTarget(target)) return target;
  throw new StorageError(
    "expected a path, a file: URL, a FileSystemFileHandle, a WritableStream, or an object with write, close and " +
      `abort; found ${typeof target}`,
  );
}

function openUrl(url: URL): Promise<ByteTarget> {
  if (url.protocol === "file:") return fileTarget(url);
  throw new StorageError(`${url.href}: nothing can be written to ${url.protocol} addresses`);
}

function isByteTarget(value: unknown): value is ByteTarget {
  if (typeof value !== "object" || value === null) return false;
  const { write, close, abort } = value as Partial<ByteTarget>;
  return typeof write === "function" && typeof close === "function" && typeof abort === "function";
}
