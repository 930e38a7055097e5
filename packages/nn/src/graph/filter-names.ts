/** @file What a filter is called, and which names stand in it, for errors about filters that select nothing. */
import type { Filter } from "./filters.ts";
import type { Key } from "./kinds.ts";

/** What stands in a filter: keys of paths, tags, classes, other filters. */
type Part = Key | Filter;

const parts = new WeakMap<object, readonly Part[]>();

/** `predicate` with a name that shows how it was made, and what it was made of. */
export function named<P extends (...args: never[]) => unknown>(
  predicate: P,
  name: string,
  madeOf: readonly Part[] = [],
): P {
  parts.set(predicate, madeOf);
  return Object.defineProperty(predicate, "name", { value: name });
}

/** A filter as one writes it: `All(Linear, PathContains("head"))`. */
export function describeFilter(filter: Filter): string {
  if (typeof filter === "function") return filter.name || "a predicate";
  if (Array.isArray(filter)) return `[${(filter as readonly Filter[]).map(describeFilter).join(", ")}]`;
  return typeof filter === "string" ? JSON.stringify(filter) : String(filter);
}

/** The names in a filter: keys of paths, tags and names of classes, at any depth. */
export function namesIn(filter: Part): Key[] {
  if (typeof filter === "string" || typeof filter === "number") return [filter];
  if (Array.isArray(filter)) return (filter as readonly Filter[]).flatMap(namesIn);
  if (typeof filter !== "function") return [];
  return parts.get(filter)?.flatMap(namesIn) ?? (filter.name === "" ? [] : [filter.name]);
}
