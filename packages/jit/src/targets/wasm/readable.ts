/** @file The backends that the target `wasm` is for. */

/** Backends whose values can be reached at once, so that they can go into WebAssembly's memory and come out of it. */
export const READABLE: readonly string[] = ["cpu", "wasm", "webgl"];

export function isReadable(backendName: string): boolean {
  return READABLE.includes(backendName);
}
