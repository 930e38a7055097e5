/** @file The files of the wasm backend, and where it was told that they are. */
import type { WasmPaths } from "./load-options.ts";

/** The files of the package. */
const FILES = [
  "tfjs-backend-wasm.wasm",
  "tfjs-backend-wasm-simd.wasm",
  "tfjs-backend-wasm-threaded-simd.wasm",
] as const;

/** One of them at the end of an address. */
export const WASM_FILE = /tfjs-backend-wasm(?:-threaded)?(?:-simd)?\.wasm(?=$|[?#])/;

/** What the package was given; it looks here at each start, also when it no longer lets itself be given another. */
export const addresses: Record<string, string> = {};

/** Sets the address of each file; without paths, what a call before this one has said, and failed with, does not stay. */
export function setAddresses(paths: WasmPaths | undefined): void {
  for (const file of FILES) {
    const address = typeof paths === "string" ? paths.replace(/\/?$/, `/${file}`) : paths?.[file];
    if (address !== undefined) addresses[file] = address;
    else if (paths === undefined) delete addresses[file];
    else throw new Error(`wasmPaths lacks the address of "${file}"`);
  }
}
