/** @file Loads the package of the wasm backend, and tells it where its files are and whether to use threads. */
import * as tf from "@tensorflow/tfjs-core";
import { reasonOf } from "./errors.ts";
import { importFailure } from "./import-package.ts";
import type { LoadOptions, WasmPaths } from "./load-options.ts";
import { folderOfBundled } from "./package-folder.ts";
import { redirectWasmFiles } from "./redirect-wasm-files.ts";

interface WasmPackage {
  setWasmPaths: (paths: WasmPaths) => void;
  version_wasm: string;
}

const PACKAGE = "@tensorflow/tfjs-backend-wasm";
const THREADS = "WASM_HAS_MULTITHREAD_SUPPORT";

/** The files of the package. */
const FILES = [
  "tfjs-backend-wasm.wasm",
  "tfjs-backend-wasm-simd.wasm",
  "tfjs-backend-wasm-threaded-simd.wasm",
] as const;

/** What the package was given; it looks here at each start, also when it no longer lets itself be given another. */
const addresses: Record<string, string> = {};
let areGiven = false;

/** Gives what is to be done once the backend is made, or has failed. */
export async function loadWasm({ wasmPaths, wasmThreads }: LoadOptions): Promise<() => void> {
  checkWebAssembly();
  const { setWasmPaths, version_wasm } = await importWasm();
  // Asked for, it is found out anew: it may be off from another call.
  if (wasmThreads) delete tf.env().getFlags()[THREADS];
  else tf.env().set(THREADS, false);
  // Where nothing is said the package looks beside itself.
  const paths = wasmPaths ?? folderOfBundled(PACKAGE, version_wasm, "dist");
  if (paths === undefined) {
    // What a call before this one has said, and failed with, is not to stay.
    for (const file of FILES) delete addresses[file];
    return () => {};
  }
  for (const file of FILES) {
    const address = typeof paths === "string" ? paths.replace(/\/?$/, `/${file}`) : paths[file];
    if (address === undefined) throw new Error(`wasmPaths lacks the address of "${file}"`);
    addresses[file] = address;
  }
  try {
    setWasmPaths(addresses);
    areGiven = true;
  } catch (error) {
    if (!String(error).includes("already initialized")) throw error;
    if (!areGiven) return redirectWasmFiles(addresses);
  }
  return () => {};
}

/** The header of a module that holds nothing. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Without it TensorFlow.js blames the server for what the page or the process does not allow. */
function checkWebAssembly(): void {
  if (typeof WebAssembly === "undefined") throw new Error("there is no WebAssembly here");
  try {
    void new WebAssembly.Module(EMPTY_MODULE);
  } catch (error) {
    throw new Error(
      `WebAssembly is forbidden here (${reasonOf(error)}). In the page's Content-Security-Policy, add ` +
        "'wasm-unsafe-eval' to script-src",
      { cause: error },
    );
  }
}

async function importWasm(): Promise<WasmPackage> {
  try {
    return await import("@tensorflow/tfjs-backend-wasm");
  } catch (error) {
    throw importFailure(PACKAGE, error);
  }
}
