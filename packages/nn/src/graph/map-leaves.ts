/** @file Walks over what a function returns: tensors in arrays, `Map`s and plain objects. */
import { isContainer } from "./kinds.ts";

/** `value` with `f` of each leaf; arrays, `Map`s and plain objects are new. */
export function mapLeaves(value: unknown, f: (leaf: unknown) => unknown): unknown {
  if (!isContainer(value)) return f(value);
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, f));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, mapLeaves(item, f)]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, f)]));
}
