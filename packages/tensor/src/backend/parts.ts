/** @file What packages load together with a backend. */
import { reasonOf } from "./errors.ts";

/** By the name of the backend. */
const loaders = new Map<string, Set<() => Promise<unknown>>>();

/**
 * Has `useBackend` wait for `load` before it chooses the backend `name`: for code that only those need who use that
 * backend, and that then is there at once.
 *
 * ```ts
 * loadWithBackend("webgpu", () => import("./shaders.js"));
 * ```
 *
 * @param load Is called each time, so it should do its work once; where it fails, the backend has failed.
 */
export function loadWithBackend(name: string, load: () => Promise<unknown>): void {
  const known = loaders.get(name);
  if (known) known.add(load);
  else loaders.set(name, new Set([load]));
}

/** Loads what was asked for to be loaded with a backend. */
export async function loadParts(name: string): Promise<void> {
  try {
    await Promise.all([...(loaders.get(name) ?? [])].map((load) => load()));
  } catch (error) {
    throw new Error(`what a package loads for the backend ${name} does not come: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
