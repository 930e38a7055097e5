/** @file What a filter selects in a model where parts may have several paths. */
import { childrenOf, type Parent } from "./children.ts";
import { type Filter, toPredicate } from "./filters.ts";
import { assertDepth, type Key, kindOf, type Path } from "./kinds.ts";

/** A value and its first path. */
export type Located<T> = readonly [path: Path, value: T];

/**
 * Those of `candidates`, nodes or Variables below `root`, that `filter` selects. What has several paths is selected
 * when any of them is.
 *
 * Differs from Flax, which asks about the first path only.
 */
export function matching<T>(root: unknown, candidates: readonly Located<T>[], filter: Filter): Located<T>[] {
  if (filter === true) return [...candidates];
  const predicate = toPredicate(filter);
  const undecided = new Set<unknown>(candidates.map(([, value]) => value));
  const above = new Set<unknown>();

  function visit(value: unknown, path: readonly Key[]): void {
    if (typeof value !== "object" || above.has(value) || undecided.size === 0) return;
    if (undecided.has(value) && predicate(path, value)) undecided.delete(value);
    const kind = kindOf(value);
    if (kind !== "pytree" && kind !== "container") return;
    assertDepth(path, "filter");
    above.add(value);
    for (const [key, child] of childrenOf(value as Parent)) visit(child, [...path, key]);
    above.delete(value);
  }

  visit(root, []);
  return candidates.filter(([, value]) => !undecided.has(value));
}
