/** @file The option `rename`: other names for tensors on their way in or out. */
import { InvalidArgumentError } from "@nnx-js/nn";

/** Another name for a tensor; `null` and `undefined` leave it out. */
export type Renamed = string | null | undefined;

/**
 * Other names for tensors: a function, or a table of those that change. `null` leaves a tensor out, and so does
 * `undefined`.
 */
export type Rename = ((name: string) => Renamed) | Readonly<Record<string, Renamed>>;

/**
 * The new names with the old ones; what is left out is not among them.
 *
 * @throws InvalidArgumentError for two tensors of one name, for what is no name, and for a Map or what else is no table,
 *   on behalf of `caller`
 */
export function renamed(
  names: readonly string[],
  rename: Rename | undefined,
  caller: string,
): Map<string, string> {
  if (rename !== undefined) assertRename(rename, caller);
  const olds = new Map<string, string>();
  for (const old of names) {
    const name = rename === undefined ? old : nameFor(old, rename);
    if (name === undefined || name === null) continue;
    if (typeof name !== "string") {
      throw new InvalidArgumentError(
        `${caller}: expected a text, null or undefined from rename for ${old}, got a ${typeof name}. ` +
          `Write rename: (name) => name.replace("old", "new").`,
      );
    }
    const other = olds.get(name);
    if (other !== undefined) {
      throw new InvalidArgumentError(
        `${caller}: expected rename to give different names, got ${name} for both ${other} and ${old}. Leave one of ` +
          `them out: rename: { ${JSON.stringify(old)}: null }.`,
      );
    }
    olds.set(name, old);
  }
  return olds;
}

function assertRename(rename: unknown, caller: string): void {
  const isTable = typeof rename === "object" && rename !== null && !(Symbol.iterator in rename);
  if (typeof rename === "function" || isTable) return;
  const found =
    typeof rename === "object" && rename !== null
      ? `a ${rename.constructor.name}`
      : rename === null ? "null" : `a ${typeof rename}`; // prettier-ignore
  throw new InvalidArgumentError(
    `${caller}: expected a function or an object of names for rename, got ${found}. Write rename: { "old": "new" } or ` +
      `rename: (name) => name.replace("old", "new"); a Map becomes an object by Object.fromEntries(map).`,
  );
}

function nameFor(name: string, rename: Rename): Renamed {
  if (typeof rename === "function") return rename(name);
  return Object.hasOwn(rename, name) ? rename[name] : name;
}
