/** @file Loads the package of the wasm backend, and tells it where its files are and whether to use threads. */
import * as tf from "@tensorflow/tfjs-core";
import { checkWebAssembly } from "./check-webassembly.ts";
import { exportsOf, importFailure } from "./import-package.ts";
import type { LoadOptions, WasmPaths } from "./load-options.ts";
import { folderOfBundled } from "./package-folder.ts";
import { redirectWasmFiles } from "./redirect-wasm-files.ts";
import { addresses, setAddresses } from "./wasm-files.ts";

interface WasmPackage {
  setWasmPaths: (paths: WasmPaths) => void;
  version_wasm: string;
}

const PACKAGE = "@tensorflow/tfjs-backend-wasm";
const THREADS = "WASM_HAS_MULTITHREAD_SUPPORT";

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
  setAddresses(paths);
  if (paths === undefined) return () => {};
  try {
    setWasmPaths(addresses);
    areGiven = true;
  } catch (error) {
    if (!String(error).includes("already initialized")) throw error;
    if (!areGiven) return redirectWasmFiles(addresses);
  }
  return () => {};
}

async function importWasm(): Promise<WasmPackage> {
  try {
    return exportsOf<WasmPackage>(await import("@tensorflow/tfjs-backend-wasm"), "setWasmPaths");
  } catch (error) {
    throw importFailure(PACKAGE, error);
  }
}
