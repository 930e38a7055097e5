/** @file What packages load together with a backend. */
import * as tf from "@tensorflow/tfjs-core";
import { reasonOf } from "./errors.ts";

/** By the name of the backend. */
const loaders = new Map<string, Set<() => Promise<unknown>>>();
/** What is loaded with every backend. */
const general = new Set<(backendName: string) => Promise<unknown>>();

/**
 * Loads something together with the backend `name`: `useBackend`, `tf.setBackend` and `tf.ready` wait for it. For code
 * that only those need who use that backend, and that then is there at once.
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
  // Who waits next is told of a failure.
  if (isActive(name)) load().catch(() => {});
}

/** Loads something with each backend, and with the active one at once. */
export function loadWithEvery(load: (backendName: string) => Promise<unknown>): void {
  general.add(load);
  const name = tf.engine().backendName as string | null;
  if (name && isActive(name)) load(name).catch(() => {});
}

/** Loads what was asked for to be loaded with a backend. */
export async function loadParts(name: string): Promise<void> {
  try {
    await Promise.all([
      ...[...general].map((load) => load(name)),
      ...[...(loaders.get(name) ?? [])].map((load) => load()),
    ]);
  } catch (error) {
    throw new Error(`what a package loads for the backend ${name} does not come: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether this backend is the active one, or is being made that. */
function isActive(name: string): boolean {
  const engine = tf.engine();
  const isThere = engine["backendInstance"] as object | null;
  const isComing = engine["pendingBackendInit"] as Promise<boolean> | null;
  return engine.backendName === name && Boolean(isThere ?? isComing);
}
