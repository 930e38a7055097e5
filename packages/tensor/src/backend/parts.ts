/** @file What packages load together with a backend. */
import * as tf from "@tensorflow/tfjs-core";
import { reasonOf } from "./errors.ts";

/** What belongs to a backend. */
interface Part {
  readonly load: Load;
  readonly prepare: Load | undefined;
}

type Load = (backendName: string) => Promise<unknown>;

/** By the name of the backend, or `*`. */
const parts = new Map<string, Part[]>();

function partsOf(backendName: string): readonly Part[] {
  return [...(parts.get("*") ?? []), ...(parts.get(backendName) ?? [])];
}

/**
 * Loads something together with the backend `name`, or with every one for the name `*`: `useBackend`, `tf.setBackend` and `tf.ready` wait for it. For code
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
  load: (backendName: string) => Promise<unknown>,
  prepare?: (backendName: string) => Promise<unknown>,
): void {
  const part = { load, prepare };
  const known = parts.get(name);
  if (known) known.push(part);
  else parts.set(name, [part]);
  // Who waits next is told of a failure.
  const active = activeBackend();
  if (active !== undefined && (name === "*" || name === active)) load(active).catch(() => {});
}

/** Loads what was asked for to be loaded with a backend, which need not be there yet. */
export function loadParts(name: string): Promise<void> {
  return named(
    name,
    partsOf(name).map(({ load }) => load(name)),
  );
}

/** Prepares what was loaded with a backend, which is there. */
export function prepareParts(name: string): Promise<void> {
  return named(
    name,
    partsOf(name).map(async ({ prepare }) => prepare?.(name)),
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

/** The backend that is active, or is being made that. */
function activeBackend(): string | undefined {
  const engine = tf.engine();
  const isThere = engine["backendInstance"] as object | null;
  const isComing = engine["pendingBackendInit"] as Promise<boolean> | null;
  const name = engine.backendName as string | null;
  return (isThere ?? isComing) ? (name ?? undefined) : undefined;
}
