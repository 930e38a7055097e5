/** @file The symbol of `using` declarations, in engines that have none as well. */

/**
 * `Symbol.dispose`; in engines without it, such as WebKit, `Symbol.for("Symbol.dispose")`, which `using` declarations
 * that esbuild or Babel has translated fall back to. Name the method by it in a class of yours that such engines run.
 *
 * ```ts
 * class Session {
 *   [DISPOSE](): void {}
 * }
 * ```
 */
export const DISPOSE: typeof Symbol.dispose =
  // The types say that it is always there.
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ??
  (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);
