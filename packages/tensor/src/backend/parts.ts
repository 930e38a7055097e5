/** @file What packages load together with a backend. */
import * as tf from "@tensorflow/tfjs-core";
import { reasonOf } from "./errors.ts";

/** What belongs to a backend. */
interface Part {
  readonly load: () => Promise<unknown>;
  readonly prepare: (() => Promise<unknown>) | undefined;
}

/** By the name of the backend. */
const parts = new Map<string, Part[]>();
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
 * @param load Is called while the backend is being made; each time, so it should do its work once. Where it fails, the
 * backend has failed.
 * @param prepare As `load`, but called after it, when the backend is there too
 */
export function loadWithBackend(
  name: string,
  load: () => Promise<unknown>,
  prepare?: () => Promise<unknown>,
): void {
  const part = { load, prepare };
  const known = parts.get(name);
  if (known) known.push(part);
  else parts.set(name, [part]);
  // Who waits next is told of a failure.
  if (isActive(name)) load().catch(() => {});
}

/** Loads something with each backend, and with the active one at once. */
export function loadWithEvery(load: (backendName: string) => Promise<unknown>): void {
  general.add(load);
  const name = tf.engine().backendName as string | null;
  if (name && isActive(name)) load(name).catch(() => {});
}

/** Loads what was asked for to be loaded with a backend, which need not be there yet. */
export function loadParts(name: string): Promise<void> {
  const own = parts.get(name) ?? [];
  return named(name, [...[...general].map((load) => load(name)), ...own.map(({ load }) => load())]);
}

/** Prepares what was loaded with a backend, which is there. */
export function prepareParts(name: string): Promise<void> {
  return named(
    name,
    (parts.get(name) ?? []).map(async ({ prepare }) => prepare?.()),
  );
}

/** Waits for all; a failure names the backend. */
async function named(name: string, all: readonly Promise<unknown>[]): Promise<void> {
  try {
    await Promise.all(all);
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
