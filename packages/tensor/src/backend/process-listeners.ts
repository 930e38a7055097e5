/** @file Takes back the listeners that Emscripten adds to a Node process; with them every uncaught error prints its code. */

/** The part of Node that is used here. */
interface Listened {
  listeners(event: string): ((...values: never[]) => void)[];
  removeListener(event: string, listener: (...values: never[]) => void): void;
}

/** Emscripten's listeners by what they listen to, without spaces, braces and semicolons; minifiers change the names. */
const EMSCRIPTEN = {
  uncaughtException:
    /^(?:function[\w$]*\(([\w$]+)\)|\(?([\w$]+)\)?=>)if\(!\(\1\2instanceof[\w$.]+\)\)throw\1\2$/,
  unhandledRejection: /^(?:function[\w$]*\(([\w$]+)\)|\(?([\w$]+)\)?=>)throw\1\2$/,
};
/** As they stand in the package's own files. */
const UNCHANGED = {
  uncaughtException:
    /^function ?\(ex\) ?\{\s*if ?\(!\(ex instanceof ExitStatus\)\) ?\{\s*throw ex;?\s*\}\s*\}$/,
  unhandledRejection: /^function ?\(reason\) ?\{\s*throw reason;?\s*\}$/,
};
const EVENTS = ["uncaughtException", "unhandledRejection"] as const;

/** All listeners to uncaught errors of the process that are there now. */
export function processListeners(): ReadonlySet<unknown> {
  const node = processOf();
  return new Set(EVENTS.flatMap((event): unknown[] => node?.listeners(event) ?? []));
}

/** Removes those of Emscripten's listeners that are not in `before`; without `before`, those of the package's own files. */
export function removeEmscriptenListeners(before?: ReadonlySet<unknown>): void {
  const node = processOf();
  for (const event of EVENTS) {
    const found = (node?.listeners(event) ?? []).filter((listener) => {
      const code = String(listener);
      return before
        ? !before.has(listener) && EMSCRIPTEN[event].test(code.replaceAll(/[\s{};]/g, ""))
        : UNCHANGED[event].test(code);
    });
    // Alone, the second one may be somebody's own, which looks the same.
    if (found.length === 0) return;
    for (const listener of found) node?.removeListener(event, listener);
  }
}

/** Node's process; bundlers put objects of their own in its place. */
function processOf(): Listened | undefined {
  const { process } = globalThis as unknown as { process?: Partial<Listened> };
  return typeof process?.listeners === "function" && typeof process.removeListener === "function"
    ? (process as Listened)
    : undefined;
}
