/** @file What a filter is called, and which names stand in it, for errors about filters that select nothing. */
import type { Filter } from "./filters.ts";
import type { Key } from "./kinds.ts";
import { madeBy, recipeOf } from "./made-by.ts";

/** `predicate` with a name that shows how `maker` made it of `args`, by which it equals others. */
export function named<P extends (...args: never[]) => unknown>(
  predicate: P,
  name: string,
  maker: object,
  args: readonly unknown[] = [],
): P {
  return madeBy(Object.defineProperty(predicate, "name", { value: name }), maker, args);
}

/** A filter as one writes it: `All(Linear, PathContains("head"))`. */
export function describeFilter(filter: Filter): string {
  if (typeof filter === "function") return filter.name || "a predicate";
  if (Array.isArray(filter)) return `[${(filter as readonly Filter[]).map(describeFilter).join(", ")}]`;
  return typeof filter === "string" ? JSON.stringify(filter) : String(filter);
}

/** The names in a filter: keys of paths, tags and names of classes, at any depth. */
export function namesIn(filter: unknown): Key[] {
  if (typeof filter === "string" || typeof filter === "number") return [filter];
  if (Array.isArray(filter)) return filter.flatMap(namesIn);
  if (typeof filter !== "function") return [];
  return recipeOf(filter)?.args.flatMap(namesIn) ?? (filter.name === "" ? [] : [filter.name]);
}
