/** @file Walks over what a function returns: tensors in arrays, `Map`s and plain objects. */
import { GraphStructureError } from "../errors.ts";
import { isContainer, MAX_DEPTH } from "./kinds.ts";

/**
 * `value` with `f` of each leaf; arrays, `Map`s and plain objects are new.
 *
 * @throws GraphStructureError for what is nested too deep, or in itself
 */
export function mapLeaves(value: unknown, f: (leaf: unknown) => unknown): unknown {
  return mapped(value, f, 0);
}

function mapped(value: unknown, f: (leaf: unknown) => unknown, depth: number): unknown {
  if (!isContainer(value)) return f(value);
  if (depth > MAX_DEPTH) {
    throw new GraphStructureError(
      `expected arrays, Maps and plain objects of at most ${MAX_DEPTH} levels, got more.`,
    );
  }
  const below = (item: unknown) => mapped(item, f, depth + 1);
  if (Array.isArray(value)) return value.map(below);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, below(item)]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, below(item)]));
}
