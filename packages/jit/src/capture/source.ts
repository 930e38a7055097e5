/** @file Finds the line of the user's code that led to something. */

/** The folder that holds this package and its siblings. */
const SIBLINGS = siblingsOf(import.meta.url);

/** @param url undefined in a bundle that is no module: nothing is a sibling there */
function siblingsOf(url: string | undefined): string {
  return url === undefined ? "\0" : new URL("../../../", url).href.replace(/^file:\/\//, "");
}

/** What the libraries' own frames look like, in Node and in browsers, installed or bundled for development. */
const LIBRARY =
  /node_modules\/(?:\.vite\/deps\/)?(?:\.pnpm\/)?@(?:tensorflow|nnx-js)[/+_]|\bnode:internal|<anonymous>|\bnative code\b/;
const OWN = /^(?:tensor|nn|view|optim|jit)\/(?:src|dist)\//;

/** How deep stacks are recorded: a user's line can be below many calls of layers and operations. */
const DEPTH = 60;

/**
 * The first line in the stack of `error` that belongs neither to TensorFlow.js nor to these packages, such as
 * `src/model.ts:12:8`.
 */
export function sourceOf(error: Error): string | undefined {
  // The first line is the message, in V8; in other engines it is a frame of ours.
  for (const frame of (error.stack ?? "").split("\n").slice(1)) {
    const [, location] = /((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^\s()]*:\d+:\d+)\)?$/.exec(frame) ?? [];
    if (location === undefined || LIBRARY.test(frame)) continue;
    const path = location.replace(/^file:\/\//, "").replace(/\?[^:]*/, "");
    if (path.startsWith(SIBLINGS) && OWN.test(path.slice(SIBLINGS.length))) continue;
    return shortened(path);
  }
  return undefined;
}

/** The line of the user's code that is running. */
export function currentSource(): string | undefined {
  return sourceOf(withDeepStacks(() => new Error("source")));
}

/** Runs `fn` with stacks deep enough to reach the user's code. */
export function withDeepStacks<T>(fn: () => T): T {
  // V8's own; other engines ignore it.
  const stacks = Error as { stackTraceLimit?: number };
  const { stackTraceLimit = 10 } = stacks;
  stacks.stackTraceLimit = DEPTH;
  try {
    return fn();
  } finally {
    stacks.stackTraceLimit = stackTraceLimit;
  }
}

/** The last two folders and the file: the whole path says little more. */
function shortened(path: string): string {
  return path.split(/[/\\]/).slice(-3).join("/");
}
