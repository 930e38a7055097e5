/** @file What the library of WGSL functions is made of. */

/** A function, or what functions share, such as a constant. */
export interface LibraryEntry {
  /** Declares it, at the level of the module. */
  readonly code: string;
  /** The names of other entries that it needs. */
  readonly uses?: readonly string[];
}

/** Entries by name. */
export type Library = Readonly<Record<string, LibraryEntry>>;

/** An entry of `code`, which needs the entries `uses`. */
export function entry(code: string, ...uses: readonly string[]): LibraryEntry {
  return { code: code.trim(), uses };
}
