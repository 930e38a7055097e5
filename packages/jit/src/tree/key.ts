/** @file Patterns as keys of a cache: equal keys mean that the same compiled function serves. */
import { GraphDef } from "@nnx-js/nn";
import type { Pattern } from "./pattern.ts";

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
  tensor: Symbol("tensor"),
  variable: Symbol("variable"),
  tfVariable: Symbol("tfVariable"),
  node: Symbol("node"),
  list: Symbol("list"),
  record: Symbol("record"),
  map: Symbol("map"),
  state: Symbol("state"),
  reference: Symbol("reference"),
} as const satisfies Record<Pattern["kind"], symbol>;

function append(pattern: Pattern, key: unknown[]): void {
  key.push(MARKS[pattern.kind]);
  switch (pattern.kind) {
    case "static":
      if (pattern.value instanceof GraphDef) {
        const signature = pattern.value.signature();
        key.push(GraphDef, signature.length, ...signature);
      } else key.push(pattern.value);
      break;
    case "tensor":
      key.push(pattern.dtype, pattern.shape.length, ...pattern.shape);
      break;
    case "variable": {
      const { variable, borrowed, shape, dtype } = pattern;
      key.push(Object.getPrototypeOf(variable), borrowed, dtype, shape.length, ...shape);
      const metadata = Object.entries(pattern.metadata);
      key.push(metadata.length, ...metadata.flat());
      break;
    }
    case "tfVariable":
      key.push(
        pattern.variable.trainable,
        pattern.variable.dtype,
        pattern.variable.rank,
        ...pattern.variable.shape,
      );
      break;
    case "node":
      key.push(Object.getPrototypeOf(pattern.node), pattern.keys.length);
      appendNamed(pattern.keys, pattern.children, key);
      break;
    case "record":
      key.push(pattern.prototype, pattern.keys.length);
      appendNamed(pattern.keys, pattern.children, key);
      break;
    case "map":
      key.push(pattern.keys.length);
      appendNamed(pattern.keys, pattern.children, key);
      break;
    case "list":
      key.push(pattern.children.length);
      for (const child of pattern.children) append(child, key);
      break;
    case "state":
      append(pattern.entries, key);
      break;
    case "reference":
      key.push(pattern.index);
      break;
  }
}

function appendNamed(
  keys: readonly unknown[],
  children: readonly (Pattern | undefined)[],
  key: unknown[],
): void {
  for (const [i, child] of children.entries()) {
    if (!child) continue;
    key.push(keys[i]);
    append(child, key);
  }
}
