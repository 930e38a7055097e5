/** @file Opens whatever bytes can be read from. */
import { StorageError } from "../errors.ts";
import { indexedDbSource } from "../indexed-db/indexed-db-source.ts";
import { addressOf } from "./address.ts";
import { blobSource } from "./blob-source.ts";
import type { ByteSource, Source } from "./byte-source.ts";
import { bytesSource } from "./bytes-source.ts";
import { fileSource } from "./file-source.ts";
import { httpSource } from "./http-source.ts";
import { nodeModule } from "./node.ts";
import { handleSource, isFileHandle, opfsSource } from "./opfs.ts";

/**
 * Opens a source; the caller closes it.
 *
 * @param source a text is a path in Node, Deno and Bun, and an address relative to the page in browsers, unless it
 *   begins with `http:`, `https:` or `file:`. A `ByteSource` is given back as it is.
 * @throws StorageError where it cannot be opened
 *
 * @example
 * const source = await openSource("model.safetensors");
 * const length = new Uint8Array(8);
 * await source.read(0, length);
 * await source.close();
 */
export async function openSource(source: Source): Promise<ByteSource> {
  if (typeof source === "string") return openText(source);
  if (source instanceof URL) return openUrl(source);
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return bytesSource(source);
  if (typeof Blob !== "undefined" && source instanceof Blob) return blobSource(source);
  if (isByteSource(source)) return source;
  if (isFileHandle(source)) return handleSource(source);
  throw new StorageError(
    `expected a path, an address, a URL, a Uint8Array, an ArrayBuffer, a Blob, a FileSystemFileHandle, or an ` +
      `object with size, read and close; found ${describe(source)}`,
  );
}

async function openText(text: string): Promise<ByteSource> {
  const address = addressOf(text);
  if (address?.scheme === "opfs") return opfsSource(address.rest);
  if (address?.scheme === "indexeddb") return indexedDbSource(address.rest);
  if (address) return openUrl(new URL(text));
  if (nodeModule("node:fs/promises")) return fileSource(text);
  return httpSource(new URL(text, typeof document === "undefined" ? location.href : document.baseURI));
}

function openUrl(url: URL): Promise<ByteSource> {
  if (url.protocol === "file:") return fileSource(url);
  const { scheme, rest } = addressOf(url.href)!;
  if (scheme === "opfs") return opfsSource(decodeURIComponent(rest));
  if (scheme === "indexeddb") return indexedDbSource(decodeURIComponent(rest));
  return httpSource(url);
}

function isByteSource(value: unknown): value is ByteSource {
  if (typeof value !== "object" || value === null) return false;
  const { size, read, close } = value as Partial<ByteSource>;
  return typeof size === "number" && typeof read === "function" && typeof close === "function";
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return `an object of the class ${value.constructor?.name ?? "null"}`;
}
