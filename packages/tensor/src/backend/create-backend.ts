/** @file Makes backends, one of each name at a time. */
import * as tf from "@tensorflow/tfjs-core";
import { isBackendName } from "./backend-name.ts";
import { recallFactory } from "./factories.ts";
import { loadBackend } from "./load-backend.ts";
import type { LoadOptions } from "./load-options.ts";
import { isLost } from "./lost-device.ts";
import { loadParts, prepareParts } from "./parts.ts";
import { processListeners, removeEmscriptenListeners } from "./process-listeners.ts";
import { WasmStart } from "./wasm-failure.ts";

/** Those that are being made, by name; calls at the same time share one. */
const making = new Map<string, Promise<void>>();

/** Loads and makes a backend that is not there yet. `onStage` is told what is done next. */
export async function createBackend(
  name: string,
  options: LoadOptions,
  onStage: (stage: string) => void,
): Promise<void> {
  const { registry } = tf.engine();
  if (registry[name] && (await isLost(registry[name]))) remove(name);
  // One that runs already may still be a software renderer, which somebody else asked for.
  const isLoaded = !isBackendName(name) || (registry[name] && options.allowSoftware);
  onStage("loading its package");
  let parts: Promise<void> | undefined;
  const loadItsParts = () => {
    parts ??= loadParts(name);
    // Looked at below, unless the backend itself fails first.
    parts.catch(() => {});
  };
  const finish = isLoaded ? undefined : await loadBackend[name]({ ...options, onSuitable: loadItsParts });
  loadItsParts();
  onStage("starting it");
  try {
    if (!registry[name]) await once(name);
  } finally {
    finish?.();
  }
  onStage("loading what belongs to it");
  await parts;
  await prepareParts(name);
}

/** Makes room for a new backend of this name. */
function remove(name: string): void {
  recallFactory(name);
  tf.removeBackend(name);
}

/** Lets the next call make the backend anew, for this one may hang. */
export function forgetCreation(name: string): void {
  making.delete(name);
}

function once(name: string): Promise<void> {
  const pending = making.get(name) ?? create(name);
  making.set(name, pending);
  const done = () => {
    if (making.get(name) === pending) making.delete(name);
  };
  pending.then(done, done);
  return pending;
}

/**
 * `tf.setBackend` makes one too, but drops the active backend first, writes the reason of a failure to the console
 * instead of giving it, and stays without a backend after one.
 */
async function create(name: string): Promise<void> {
  const factory = recallFactory(name);
  if (!factory) throw new Error(`its package is loaded, but registered no backend named "${name}"`);
  const listeners = processListeners();
  const start = name === "wasm" ? new WasmStart() : undefined;
  try {
    adopt(name, await factory());
  } catch (error) {
    throw start ? await start.failure(error) : error;
  } finally {
    start?.stop();
    removeEmscriptenListeners(listeners);
  }
}

/** Another may have come first, where this one took too long. */
function adopt(name: string, backend: tf.KernelBackend): void {
  const { registry } = tf.engine();
  if (registry[name] || !tf.findBackendFactory(name)) backend.dispose();
  else registry[name] = backend;
}
