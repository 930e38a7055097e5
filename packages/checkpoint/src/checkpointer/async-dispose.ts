/** @file The symbol of `await using` declarations, in engines that have none as well. */

/** `Symbol.asyncDispose`; in engines without it what `await using` that esbuild or Babel has translated falls back to. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  // The types say that it is always there.
  (Symbol as { asyncDispose?: typeof Symbol.asyncDispose }).asyncDispose ??
  (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);
