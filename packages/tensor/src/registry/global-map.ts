/** @file Finds the maps in which all copies of tfjs-core of a page or process keep their kernels and gradients. */
import * as tf from "@tensorflow/tfjs-core";

// As in tfjs-core: free names, not properties of `globalThis`, since a bundler may put objects of its own here.
declare const window: unknown, global: unknown, process: unknown, self: unknown;

/** Where tfjs-core looks for its global object, in its order. */
function globals(): unknown[] {
  return [
    typeof window === "undefined" ? undefined : window,
    typeof global === "undefined" ? undefined : global,
    typeof process === "undefined" ? undefined : process,
    typeof self === "undefined" ? undefined : self,
  ];
}

/**
 * The map of this name, which TensorFlow.js shares between copies of itself; not in its published types.
 *
 * @param isUsed Whether the copy that this package imports uses the map.
 */
export function globalMap<T>(
  name: string,
  isUsed: (map: Map<string, T>) => boolean,
): Map<string, T> | undefined {
  for (const scope of globals()) {
    const maps = (scope as { _tfGlobals?: unknown } | undefined)?._tfGlobals;
    const map: unknown = maps instanceof Map ? maps.get(name) : undefined;
    if (map instanceof Map && isUsed(map as Map<string, T>)) return map as Map<string, T>;
  }
  return undefined;
}

/** A set that all copies of this package share which use the same engine of TensorFlow.js. */
export function sharedSet(name: string): Set<string> {
  const owner = tf.engine() as unknown as Record<symbol, Set<string> | undefined>;
  return (owner[Symbol.for(name)] ??= new Set());
}

/** Every engine of TensorFlow.js but `engine` that can be seen from here. */
export function otherEngines(engine: unknown): unknown[] {
  const engines = globals().map((scope) => (scope as { _tfengine?: unknown } | undefined)?._tfengine);
  return [...new Set(engines)].filter((each) => each !== undefined && each !== null && each !== engine);
}
