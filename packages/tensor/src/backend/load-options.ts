/** @file What the loading of a backend depends on. */

/** Folder of the `.wasm` files, or the address of each by its file name. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/** How backends are loaded. */
export interface LoadOptions {
  allowSoftware: boolean;
  wasmPaths: WasmPaths | undefined;
  wasmThreads: boolean;
}
