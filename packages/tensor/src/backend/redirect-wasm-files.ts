/** @file Takes the files of the wasm backend from elsewhere when the backend itself can no longer be told where they are. */
import * as tf from "@tensorflow/tfjs-core";
import { WASM_FILE } from "./wasm-files.ts";

/**
 * Sends requests for the backend's files to other addresses until the function that it answers is called.
 *
 * TensorFlow.js takes no other paths after it has failed once, until it has succeeded; only `fetch` is left.
 */
export function redirectWasmFiles(addresses: Readonly<Record<string, string>>): () => void {
  if (!tf.device_util.isBrowser()) {
    throw new Error("it has failed once without wasmPaths, and takes none until the process is started anew");
  }
  const { fetch } = globalThis;
  let isActive = true;
  const redirected: typeof fetch = (input, init) => {
    const name = isActive && typeof input === "string" ? WASM_FILE.exec(input)?.[0] : undefined;
    return fetch((name !== undefined && addresses[name]) || input, init);
  };
  globalThis.fetch = redirected;
  return () => {
    isActive = false;
    // Somebody may have wrapped it since.
    if (globalThis.fetch === redirected) globalThis.fetch = fetch;
  };
}
