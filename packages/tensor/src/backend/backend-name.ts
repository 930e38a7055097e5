/** @file The names of backends: which there are, which suit this environment, which one was meant. */
import * as tf from "@tensorflow/tfjs-core";

/** The backends that `useBackend` loads by itself. */
export type BackendName = "webgpu" | "webgl" | "wasm" | "cpu";

const BACKENDS: readonly BackendName[] = ["webgpu", "webgl", "wasm", "cpu"];

/** What to try, best first, where the caller names nothing. */
export function defaultBackends(): readonly BackendName[] {
  return tf.device_util.isBrowser() ? BACKENDS : ["wasm", "cpu"];
}

/** Whether `useBackend` knows how to load this backend. */
export function isBackendName(name: string): name is BackendName {
  return (BACKENDS as readonly string[]).includes(name);
}

/** Every name that `useBackend` takes now: its own, and those registered with `tf.registerBackend`. */
export function knownBackends(): readonly string[] {
  return [...new Set([...BACKENDS, ...tf.engine().backendNames()])];
}

/** The known name nearest to a misspelt one, if one is near. */
export function nearestBackend(name: string): string | undefined {
  let nearest: string | undefined;
  let smallest = Infinity;
  for (const known of knownBackends()) {
    const distance = editDistance(name.toLowerCase(), known);
    if (distance > known.length / 2 || distance >= smallest) continue;
    [nearest, smallest] = [known, distance];
  }
  return nearest;
}

/** The number of letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
