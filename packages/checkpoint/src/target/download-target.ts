/** @file A download as a target. */
import { StorageError } from "../errors.ts";
import type { ByteTarget } from "./byte-target.ts";

/** How long the browser may take to begin, in milliseconds. */
const PATIENCE = 60_000;

/** Gives what is written to the user as a download under `name`; the browser keeps the bytes, on disk if it likes. */
export function downloadTarget(name: string): ByteTarget {
  const label = `downloads://${name}`;
  if (typeof document === "undefined" || typeof URL.createObjectURL !== "function") {
    throw new StorageError(`${label}: only pages in browsers have downloads. Elsewhere give a path`);
  }
  if (name === "" || /[/\\]/.test(name)) {
    throw new StorageError(`${label}: expected the name of a file, such as "downloads://model.safetensors"`);
  }
  let pieces: Blob[] = [];
  return {
    label,
    async write(bytes) {
      pieces.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    },
    async close() {
      const url = URL.createObjectURL(new Blob(pieces, { type: "application/octet-stream" }));
      pieces = [];
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
    },
    async abort() {
      pieces = [];
    },
  };
}
