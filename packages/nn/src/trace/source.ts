/** @file Finds the line of the user's code that led to something. */

/** This file, or the bundle that it is part of. */
const HERE = pathOf(import.meta.url ?? "");
/** The folder that holds this package and its siblings; none where it is part of a bundle. */
const SIBLINGS = /^(.*[/\\])nn[/\\](?:src|dist)[/\\]trace[/\\]source\.[jt]s$/.exec(HERE)?.[1];
const OWN = /^(?:tensor|nn|view|optim|jit|export)[/\\](?:src|dist)[/\\]/;

/**
 * Frames of installed packages and of the engine. TensorFlow.js's source maps lead to files that are not there, such
 * as `tfjs-core/src/engine.ts`.
 */
const FOREIGN =
  /[/\\]node_modules[/\\]|[/\\]tfjs-(?:core|layers|backend-\w+)[/\\](?:src|dist)[/\\]|\b(?:node|ext|bun):|native code/;
const LIBRARY = /[/\\@](?:tensorflow|nnx-js)[/\\+_]|[/\\]tfjs-|[/\\]\.vite[/\\]deps[/\\]/;

/** The end of a frame: `(file:///model.js:12:8)`, `@https://example.org/model.js:12:8`, ` /model.js:12:8`. */
const LOCATION = /((?:[a-z-]+:\/\/|\/|[A-Za-z]:\\)[^\s()]*:\d+:\d+)\)?$/;

/** How deep stacks are recorded: a user's line can be below many calls of layers and operations. */
const DEPTH = 60;

/**
 * The first line in the stack of `error` that belongs neither to TensorFlow.js nor to these packages, such as
 * `src/model.ts:12:8`; one outside of installed packages if there is any. V8, JavaScriptCore and SpiderMonkey each
 * write stacks in their own way, with source maps or without. In a bundle of one file nobody can tell whose a line is.
 */
export function sourceOf(error: { readonly stack?: string | undefined }): string | undefined {
  let installed: string | undefined;
  // The first line is the message, in V8; in other engines it is a frame of ours.
  for (const frame of (error.stack ?? "").split("\n").slice(1)) {
    const path = pathOf(LOCATION.exec(frame.trimEnd())?.[1] ?? "");
    if (path === "" || isOurs(path)) continue;
    if (!FOREIGN.test(frame)) return shortened(path);
    if (/[/\\]node_modules[/\\]/.test(path) && !LIBRARY.test(path)) installed ??= shortened(path);
  }
  return installed;
}

/** A location without what is no path. */
function pathOf(location: string): string {
  return location.replace(/^file:\/\//, "").replace(/[?#][^:]*/, "");
}

function isOurs(path: string): boolean {
  if (SIBLINGS !== undefined) return path.startsWith(SIBLINGS) && OWN.test(path.slice(SIBLINGS.length));
  return path.startsWith(`${HERE}:`);
}

/** The line of the user's code that is running. */
export function currentSource(): string | undefined {
  return sourceOf(withDeepStacks(() => new Error("source")));
}

/** Runs `fn` with stacks deep enough to reach the user's code. */
export function withDeepStacks<T>(fn: () => T): T {
  // V8's and JavaScriptCore's own; it may be frozen.
  const stacks = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = stacks;
  if (stackTraceLimit === undefined || stackTraceLimit >= DEPTH) return fn();
  Reflect.set(stacks, "stackTraceLimit", DEPTH);
  try {
    return fn();
  } finally {
    Reflect.set(stacks, "stackTraceLimit", stackTraceLimit);
  }
}

/** The last two folders and the file: the whole path says little more. */
function shortened(path: string): string {
  return path.split(/[/\\]/).slice(-3).join("/");
}
