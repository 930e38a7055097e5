/** @file The children of one node: in which order they come, and how one is replaced. */
import { GraphStructureError } from "../errors.ts";
import { assertNoHiddenData } from "./hidden-data.ts";
import { type Container, type Key, isContainer, isPytree } from "./kinds.ts";
import type { Pytree } from "../module/pytree.ts";

/** A value that has children: a graph node or a container. */
export type Parent = Pytree | Container;

/** Marks classes whose attributes `0`, `1`, … are indices: their keys are numbers. */
export const INDEXED = Symbol.for("@nnx-js/nn/indexed");

const INDEX = /^(?:0|[1-9]\d*)$/;

/** Numbers before strings, numbers by value, strings by code unit: the order in which Flax visits attributes. */
function compareKeys(a: Key, b: Key): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  if (typeof b === "number") return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of two paths: key by key, a prefix first. */
export function comparePaths(a: readonly Key[], b: readonly Key[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareKeys(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Whether `value` has children. */
export function isParent(value: unknown): value is Parent {
  return isPytree(value) || isContainer(value);
}

/**
 * The children of `node` with their keys, sorted; static attributes are among them.
 * Of a class instance these are the own enumerable attributes that are plain values (no accessors, no symbols).
 *
 * @throws GraphStructureError for a `Set` of data
 */
export function childrenOf(node: Parent): [Key, unknown][] {
  const children = attributesOf(node);
  return Array.isArray(node) ? children : children.sort(([a], [b]) => compareKeys(a, b));
}

/** The children of `node` as {@link childrenOf} gives them, in the order in which they were set. */
export function attributesOf(node: Parent): [Key, unknown][] {
  const attributes = givenAttributes(node);
  for (const [key, child] of attributes) {
    if (child instanceof Set || child instanceof Map) assertNoHiddenData(node, key, child);
  }
  return attributes;
}

function givenAttributes(node: Parent): [Key, unknown][] {
  if (Array.isArray(node)) return node.map((child, index) => [index, child]);
  if (node instanceof Map) return [...node];
  const indexed = INDEXED in node;
  return Object.keys(node)
    .filter((name) => "value" in Object.getOwnPropertyDescriptor(node, name)!)
    .map((name) => [
      indexed && INDEX.test(name) ? Number(name) : name,
      (node as Record<string, unknown>)[name],
    ]);
}

/**
 * The child of `node` under `key`, `undefined` when there is none: one of those that {@link childrenOf} gives, never
 * what is inherited, computed by an accessor or hidden.
 */
export function childOf(node: Parent, key: Key): unknown {
  return hasChild(node, key) ? valueAt(node, key) : undefined;
}

/** Whether `node` has a child of its own under `key`. */
function hasChild(node: Parent, key: Key): boolean {
  if (node instanceof Map) return node.has(key);
  if (Array.isArray(node)) return typeof key === "number" && Object.hasOwn(node, key);
  const descriptor = Object.getOwnPropertyDescriptor(node, key);
  return descriptor?.enumerable === true && "value" in descriptor;
}

function valueAt(node: Parent, key: Key): unknown {
  return node instanceof Map ? node.get(key) : (node as Record<Key, unknown>)[key];
}

/** `key` as `node` spells it: names may stand for indices, and the other way round, as dictionaries have names only. */
export function keyIn(node: Parent, key: Key): Key {
  if (hasChild(node, key)) return key;
  const other = typeof key === "number" ? String(key) : INDEX.test(key) ? Number(key) : undefined;
  if (other === undefined) return key;
  return hasChild(node, other) || (isIndexed(node) && typeof other === "number") ? other : key;
}

/**
 * Puts `value` under `key`, past setters and `readonly`.
 *
 * @throws GraphStructureError for a key of an array that is no index of an element, or the next one
 */
export function setChild(node: Parent, key: Key, value: unknown): void {
  if (node instanceof Map) node.set(key, value);
  else if (!Array.isArray(node)) {
    Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
  } else if (isIndexUpTo(Number(key), node.length)) node[Number(key)] = value;
  else {
    throw new GraphStructureError(
      `expected an index from 0 to ${node.length} in an array of ${node.length}, got ${key}.`,
    );
  }
}

function isIndexUpTo(index: number, last: number): boolean {
  return Number.isInteger(index) && index >= 0 && index <= last;
}

/** Whether the keys of `node` are indices, so that what comes after a removed child moves up. */
export function isIndexed(node: Parent): boolean {
  return Array.isArray(node) || INDEXED in node;
}

/** Takes the children under `keys` out of `node`; in arrays and Lists the others move up. */
export function removeChildren(node: Parent, keys: readonly Key[]): void {
  if (node instanceof Map) {
    for (const key of keys) node.delete(key);
    return;
  }
  if (!isIndexed(node)) {
    for (const key of keys) Reflect.deleteProperty(node, key);
    return;
  }
  const gone = new Set(keys);
  const indexed = childrenOf(node).filter(([key]) => typeof key === "number");
  const kept = indexed.filter(([key]) => !gone.has(key)).map(([, child]) => child);
  for (const [key] of indexed) Reflect.deleteProperty(node, key);
  for (const [index, child] of kept.entries()) setChild(node, index, child);
  if (Array.isArray(node)) node.length = kept.length;
  for (const key of keys) if (typeof key === "string") Reflect.deleteProperty(node, key);
}
