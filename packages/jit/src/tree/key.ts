/** @file Patterns as keys of a cache: equal keys mean that the same compiled function serves. */
import type { Pattern, Properties } from "./pattern.ts";

/** Primitives and objects in a row, compared one by one with `Object.is`. */
export type StructureKey = readonly unknown[];

/** The key of a pattern: classes instead of nodes, shapes instead of values. */
export function keyOf(pattern: Pattern): StructureKey {
  const key: unknown[] = [];
  append(pattern, key);
  return key;
}

/** Marks in a key, so that no value can be taken for structure. */
const MARKS = {
  static: Symbol("static"),
  absent: Symbol("absent"),
  constant: Symbol("constant"),
  definition: Symbol("definition"),
  tensor: Symbol("tensor"),
  variable: Symbol("variable"),
  tfVariable: Symbol("tfVariable"),
  function: Symbol("function"),
  node: Symbol("node"),
  list: Symbol("list"),
  record: Symbol("record"),
  map: Symbol("map"),
  set: Symbol("set"),
  content: Symbol("content"),
  state: Symbol("state"),
  reference: Symbol("reference"),
} as const satisfies Record<Pattern["kind"], symbol>;

function append(pattern: Pattern, key: unknown[]): void {
  key.push(MARKS[pattern.kind]);
  switch (pattern.kind) {
    case "absent":
      break;
    case "static":
      key.push(pattern.value);
      break;
    case "constant":
      appendAll(pattern.parts, key);
      break;
    case "definition":
      appendAll(pattern.signature, key);
      break;
    case "tensor":
      key.push(pattern.dtype);
      appendAll(pattern.shape, key);
      break;
    case "variable": {
      const { variable, borrowed, shape, dtype, metadata, attributes, children } = pattern;
      key.push(Object.getPrototypeOf(variable), borrowed, dtype);
      appendAll(shape, key);
      appendPlain(metadata, key, 0);
      key.push(children.length);
      for (const [i, child] of children.entries()) {
        key.push(attributes[i]);
        append(child, key);
      }
      break;
    }
    case "tfVariable":
      key.push(pattern.variable.trainable, pattern.variable.dtype);
      appendAll(pattern.variable.shape, key);
      break;
    case "function":
      key.push(pattern.reference.deref());
      if (pattern.set) appendProperties(pattern.set.properties, key);
      break;
    case "node":
      key.push(Object.getPrototypeOf(pattern.node));
      appendProperties(pattern.properties, key);
      break;
    case "record":
      key.push(pattern.prototype);
      appendProperties(pattern.properties, key);
      break;
    case "list":
    case "set":
      key.push(pattern.prototype, pattern.children.length);
      for (const child of pattern.children) append(child, key);
      appendProperties(pattern.properties, key);
      break;
    case "map":
      key.push(pattern.prototype, pattern.keys.length);
      for (const [i, child] of pattern.children.entries()) {
        append(pattern.keys[i]!, key);
        append(child, key);
      }
      appendProperties(pattern.properties, key);
      break;
    case "content":
      key.push(pattern.prototype);
      appendAll(pattern.content, key);
      if (pattern.properties) appendProperties(pattern.properties, key);
      break;
    case "state":
      key.push(pattern.origin.byHand, pattern.origin.popped, pattern.leaves.length);
      appendAll(pattern.origin.parts, key);
      for (const [i, leaf] of pattern.leaves.entries()) {
        appendAll(pattern.paths[i]!, key);
        append(leaf, key);
      }
      break;
    case "reference":
      key.push(pattern.index);
      break;
  }
}

function appendProperties(
  { names, children, hidden, hiddenChildren, areEnumerable }: Properties,
  key: unknown[],
): void {
  const [all, patterns] = [
    [...names, ...hidden],
    [...children, ...hiddenChildren],
  ];
  const present = patterns.filter((child) => child !== undefined);
  key.push(names.length, present.length, ...areEnumerable);
  for (const [i, child] of patterns.entries()) {
    if (!child) continue;
    key.push(all[i]);
    append(child, key);
  }
}

/** Not by `push(...parts)`: a call takes only so many arguments. */
function appendAll(parts: ArrayLike<unknown>, key: unknown[]): void {
  key.push(parts.length);
  for (let i = 0; i < parts.length; i++) key.push(parts[i]);
}

/** Arrays and plain objects of metadata by their contents, all else by identity. */
function appendPlain(value: unknown, key: unknown[], depth: number): void {
  const isObject = typeof value === "object" && value !== null && depth < 8;
  const prototype: unknown = isObject ? Object.getPrototypeOf(value) : undefined;
  if (!isObject || (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null)) {
    key.push(value);
    return;
  }
  const entries = Object.entries(value);
  key.push(MARKS.record, prototype, entries.length);
  for (const [name, child] of entries) {
    key.push(name);
    appendPlain(child, key, depth + 1);
  }
}
