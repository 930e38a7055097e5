/** @file Walks over what a function returns: tensors in arrays, `Map`s and plain objects. */
import { GraphStructureError } from "../errors.ts";
import { isContainer, type Key, MAX_DEPTH, type Path } from "./kinds.ts";

/**
 * `value` with `f` of each leaf and its path; arrays, `Map`s and plain objects are new.
 *
 * @throws GraphStructureError for what is nested too deep, or in itself
 */
export function mapLeaves(
  value: unknown,
  f: (leaf: unknown, path: Path) => unknown,
  path: Path = [],
): unknown {
  if (!isContainer(value)) return f(value, path);
  if (path.length > MAX_DEPTH) {
    throw new GraphStructureError(
      `expected arrays, Maps and plain objects of at most ${MAX_DEPTH} levels, got more.`,
    );
  }
  const below = (item: unknown, key: Key) => mapLeaves(item, f, [...path, key]);
  if (Array.isArray(value)) return value.map(below);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, below(item, key)]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, below(item, key)]));
}
