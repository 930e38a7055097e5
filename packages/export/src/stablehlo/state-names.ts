/** @file The names that `saveModel` gives the state of a function's arguments. */
import { isVariable, type Path, state, type StateLeaf } from "@nnx-js/nn";
import type { AnyVariable, Recorded } from "../record/record.ts";

/** A path joined by dots; a dot or a backslash in a key has a backslash in front of it. */
function nameOf(path: Path): string {
  return path.map((key) => String(key).replaceAll(/[.\\]/g, String.raw`\$&`)).join(".");
}

/**
 * The name of each Variable in a file of `saveModel({ model, optimizer })`, for arguments of these names: a Variable that
 * several arguments share has one.
 */
export function stateNames(
  names: readonly string[],
  args: readonly unknown[],
): ReadonlyMap<AnyVariable, string> {
  const found = new Map<AnyVariable, string>();
  // Of what is no object there is no state.
  const nodes = args.map((arg, i) => [names[i]!, arg] as const).filter(([, arg]) => typeof arg === "object");
  for (const [path, leaf] of state(Object.fromEntries(nodes)) as Iterable<[Path, StateLeaf]>) {
    if (isVariable(leaf) && !found.has(leaf)) found.set(leaf, nameOf(path));
  }
  return found;
}

/** What a parameter or a write is called: as `saveModel` calls its Variable, where it knows it. */
export function nameIn(
  known: ReadonlyMap<AnyVariable, string>,
  { variable, name }: Pick<Recorded["writes"][number], "variable" | "name">,
): string {
  return (variable && known.get(variable)) ?? name;
}
