/** @file Whether programs can run here: there are engines without WebAssembly, and policies that forbid it. */

/** A module of one function with a vector constant. */
// prettier-ignore
const PROBE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic, version
  1, 4, 1, 0x60, 0, 0, // () -> ()
  3, 2, 1, 0,
  10, 23, 1, 21, 0, 0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 11, // drop(v128.const 0)
]);

/** What the probe said, for each `WebAssembly` that there was; a policy reports each try to the page's owner. */
const answers = new WeakMap<object, string | undefined>();

/** Why no program can run here; undefined where it can. */
export function whyNoWebAssembly(): string | undefined {
  const { WebAssembly: engine } = globalThis as { WebAssembly?: typeof WebAssembly };
  if (engine === undefined) return "this engine has no WebAssembly";
  if (!answers.has(engine)) answers.set(engine, probe(engine));
  return answers.get(engine);
}

function probe(engine: typeof WebAssembly): string | undefined {
  try {
    // WebKit lets pages make modules that its policy does not let run.
    void new engine.Instance(new engine.Module(PROBE));
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return reason.trim().replace(/\.+$/, "");
  }
}
