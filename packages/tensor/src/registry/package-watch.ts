/** @file Tells a package that registers everything it has from a person who registers a few things over ours. */

/** So many in one go are a package's: those of TensorFlow.js register 60 or more, a person a handful. */
const PACKAGE = 16;

/**
 * Watches what is registered over ours. When it is a package (a second copy of a backend, or `@tensorflow/tfjs` with
 * its own gradients), `restore` is called for each thing that it registered, those before it was known included.
 */
export function packageWatch<T>(restore: (key: string, value: T) => void): (key: string, value: T) => void {
  let entries: Map<string, T> | undefined;
  return (key, value) => {
    if (!entries) {
      entries = new Map();
      // A package registers its things without a pause.
      queueMicrotask(() => (entries = undefined));
    }
    entries.set(key, value);
    if (entries.size === PACKAGE) for (const [each, its] of entries) restore(each, its);
    else if (entries.size > PACKAGE) restore(key, value);
  };
}
