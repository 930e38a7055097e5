/** @file Whether WebAssembly may run here, and what to do where it may not. */
import { reasonOf } from "./errors.ts";

/** The header of a module that holds nothing. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Throws, with the reason, where there is none, or none may run: TensorFlow.js blames the server for what the page or
 * the runtime does not allow.
 */
export function checkWebAssembly(): void {
  if (typeof WebAssembly === "undefined") throw new Error("there is no WebAssembly here");
  try {
    // WebKit lets pages make modules that its policy does not let run.
    void new WebAssembly.Instance(new WebAssembly.Module(EMPTY_MODULE));
  } catch (error) {
    const reason = reasonOf(error).trim().replace(/\.+$/, "");
    throw new Error(`WebAssembly is forbidden here (${reason}). ${repairOf(reason)}`, { cause: error });
  }
}

function repairOf(reason: string): string {
  return /embedder/.test(reason)
    ? "Such a runtime, as Cloudflare's workers are, runs only WebAssembly that was deployed with the program: use the " +
        'backend cpu there, and jit(fn, { fallback: "kernels" })'
    : "In the page's Content-Security-Policy, add 'wasm-unsafe-eval' to script-src";
}
