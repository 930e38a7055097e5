/** @file Functions of WGSL that tasks may use by name. */

/** A function, or what functions share, such as a constant. */
export interface LibraryEntry {
  /** Declares it, at the level of the module. */
  readonly code: string;
  /** The names of other entries that it needs. */
  readonly uses?: readonly string[];
}

/** By name. */
export const LIBRARY: Readonly<Record<string, LibraryEntry>> = {};

/** The code of the entries `names`, each after those that it needs, and once. */
export function libraryCode(names: Iterable<string>): string {
  const done = new Set<string>();
  const codes: string[] = [];
  const add = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const entry = LIBRARY[name];
    if (!entry) throw new Error(`internal: the library has no "${name}"`);
    entry.uses?.forEach(add);
    codes.push(entry.code);
  };
  for (const name of [...names].sort()) add(name);
  return codes.join("\n");
}
