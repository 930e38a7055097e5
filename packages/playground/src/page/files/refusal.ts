/** @file Files that are not even read. */
import type { Fault } from "../../protocol/events.ts";

/** No run of these models is larger. */
const MOST_BYTES = 200e6;

/** A fault of a file. */
export function fileFault(message: string, repair: string): Fault {
  return { cause: "file", message, repair, isResumable: true };
}

/** Why `file` is not even read, or null. */
export function whyRefused({ name, size }: { name: string; size: number }): Fault | null {
  const repair = "Choose a .safetensors file that this page saved.";
  if (!/\.safetensors$/i.test(name)) return fileFault(`${name} is no .safetensors file.`, repair);
  if (size === 0) return fileFault(`${name} is empty.`, repair);
  if (size > MOST_BYTES) return fileFault(`${name} is too large: ${(size / 1e6).toFixed(0)} MB.`, repair);
  return null;
}
