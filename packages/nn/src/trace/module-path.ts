/** @file Which method of which Module runs, for those who want to know of each launch. */

let current: string | undefined;

/** Runs `fn`, whose launches are those of `path`, such as `layers.0.forward`. */
export function atModulePath<T>(path: string, fn: () => T): T {
  const outer = current;
  current = path;
  try {
    return fn();
  } finally {
    current = outer;
  }
}

/** The path of what runs; undefined where nobody has said it. */
export function modulePath(): string | undefined {
  return current;
}
