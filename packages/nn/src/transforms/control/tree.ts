/** @file Trees of tensors: what loops carry and what branches give. */
import * as tf from "@tensorflow/tfjs-core";
import { classNameOf } from "../../class-name.ts";
import { DtypeError, GraphStructureError, InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import { cover, coverageOf } from "../../graph/coverage.ts";
import {
  formatPath,
  isContainer,
  isPytree,
  isState,
  isVariable,
  type Key,
  MAX_DEPTH,
  type Path,
} from "../../graph/kinds.ts";
import { State } from "../../graph/state.ts";
import { borrowingVariable } from "../../variable/variable.ts";
import { assertAlive } from "../alive.ts";

/** What stands at the ends of a tree: tensors, and what is handed on as it is. */
interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** A tree of tensors, apart from these. */
export interface Tree {
  readonly tensors: readonly tf.Tensor[];
  /** Where each tensor stands. */
  readonly paths: readonly Path[];
  /** All leaves, tensors or not. */
  readonly leaves: readonly Leaf[];
  /** The same tree with other tensors. */
  rebuild(tensors: readonly tf.Tensor[]): unknown;
}

/**
 * The tensors in arrays, `Map`s and plain objects, keys sorted, and what the Variables of States hold. Modules and
 * Variables stay where they are, as do null and undefined.
 *
 * @param what such as `scan(step): the carry`
 * @param isLoose whether other values may be there, too
 * @throws InvalidArgumentError for other leaves, and for tensors that were disposed of
 */
export function treeOf(tree: unknown, what: string, isLoose = false): Tree {
  const leaves: Leaf[] = [];
  walk(tree, [], leaves);
  const tensors: tf.Tensor[] = [];
  const paths: Path[] = [];
  for (const { path, value } of leaves) {
    if (value instanceof tf.Tensor) {
      assertAlive(value, () => `${what}${placeOf(path)}`);
      tensors.push(value);
      paths.push(path);
    } else if (!isLoose && !isHandedOn(value)) throw notATensor(what, path, value);
  }
  return {
    tensors,
    paths,
    leaves,
    rebuild(given) {
      let next = 0;
      return rebuilt(tree, () => given[next++]!);
    },
  };
}

function isHandedOn(value: unknown): boolean {
  return value === null || value === undefined || isPytree(value) || isVariable(value);
}

function walk(value: unknown, path: Path, leaves: Leaf[]): void {
  if (isState(value)) {
    for (const [below, leaf] of value.entries)
      leaves.push({ path: [...path, ...below], value: isVariable(leaf) ? leaf.value : leaf });
    return;
  }
  if (!isContainer(value)) {
    leaves.push({ path, value });
    return;
  }
  if (path.length > MAX_DEPTH) {
    throw new GraphStructureError(
      `expected arrays, Maps and plain objects of at most ${MAX_DEPTH} levels, got more.`,
    );
  }
  for (const [key, item] of itemsOf(value)) walk(item, [...path, key], leaves);
}

/** In an order that does not depend on which key was set first. */
function itemsOf(value: object): [Key, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  const items = value instanceof Map ? [...value] : Object.entries(value);
  return (items as [Key, unknown][]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function rebuilt(value: unknown, next: () => tf.Tensor): unknown {
  if (value instanceof tf.Tensor) return next();
  if (isState(value)) {
    const entries = value.entries.map(([path, leaf]) => {
      const tensor = next();
      return [path, isVariable(leaf) ? borrowingVariable(leaf, tensor) : tensor] as const;
    });
    return cover(new State(entries), coverageOf(value));
  }
  if (!isContainer(value)) return value;
  const items = itemsOf(value).map(([key, item]) => [key, rebuilt(item, next)] as const);
  if (Array.isArray(value)) return items.map(([, item]) => item);
  const made = new Map(items);
  // The order of keys stays that of the original.
  if (value instanceof Map) return new Map([...value.keys()].map((key) => [key, made.get(key)]));
  return Object.fromEntries(Object.keys(value).map((key) => [key, made.get(key)]));
}

/** Two trees that have to be alike, and what to say when they are not. */
export interface Comparison {
  /** Such as `scan(step): the carry`. */
  readonly what: string;
  /** Such as `what came in`. */
  readonly expected: string;
  /** Such as `what the function returned`. */
  readonly found: string;
  readonly repair: string;
}

/**
 * Checks that `found` has the structure of `expected`, and tensors of the same shapes and dtypes.
 *
 * @throws GraphStructureError, ShapeMismatchError, DtypeError with the path, what was expected and what was found
 */
export function assertAlike(expected: Tree, found: Tree, texts: Comparison): void {
  const { what, repair } = texts;
  const say = (path: Path, wanted: string, got: string) =>
    `${what}${placeOf(path)}: expected ${texts.expected}, ${wanted}, found ${got} in ${texts.found}. ${repair}`;
  const others = new Map(found.leaves.map((leaf) => [keyOf(leaf.path), leaf]));
  for (const { path, value } of expected.leaves) {
    const other = others.get(keyOf(path));
    if (!other) throw new GraphStructureError(say(path, describe(value), describeMissing(found, path)));
    others.delete(keyOf(path));
    if (value instanceof tf.Tensor && other.value instanceof tf.Tensor) {
      const text = say(path, describe(value), describe(other.value));
      if (value.shape.join() !== other.value.shape.join()) throw new ShapeMismatchError(text);
      if (value.dtype !== other.value.dtype) throw new DtypeError(text);
      continue;
    }
    const isSame = value === other.value || (value == null && other.value == null);
    if (isSame) continue;
    const text = say(path, describe(value), describe(other.value));
    throw new GraphStructureError(
      isPytree(value) && isPytree(other.value)
        ? `${text} Modules are written in place: return the same one.`
        : text,
    );
  }
  const [extra] = others.values();
  if (extra) throw new GraphStructureError(say(extra.path, "nothing", describe(extra.value)));
}

/** Describes a tensor or another leaf: `float32[2, 3]`, `a Linear`, `the number 3`. */
export function describe(value: unknown): string {
  if (value instanceof tf.Tensor) return `${value.dtype}[${value.shape.join(", ")}]`;
  if (value === null || value === undefined) return String(value);
  if (isPytree(value) || isVariable(value)) return `a ${classNameOf(value)}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value !== "object") return `the ${typeof value} ${JSON.stringify(value) ?? "value"}`;
  return `a ${classNameOf(value)}`;
}

function describeMissing({ leaves }: Tree, path: Path): string {
  const below = leaves.filter((leaf) => path.every((key, i) => leaf.path[i] === key));
  if (below.length > 0) return `${below.length} values below it`;
  const above = leaves.find((leaf) => leaf.path.every((key, i) => path[i] === key));
  return above ? `${describe(above.value)}${placeOf(above.path)}` : "nothing";
}

/** ` at [1].h`, or nothing for the tree itself. */
export function placeOf(path: Path): string {
  return path.length === 0 ? "" : ` at ${formatPath(path)}`;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

function notATensor(what: string, path: Path, value: unknown): InvalidArgumentError {
  const repair =
    typeof value === "number"
      ? `Write tf.scalar(${value})${Number.isInteger(value) ? `, or tf.scalar(${value}, "int32")` : ""}`
      : typeof value === "boolean"
        ? `Write tf.scalar(${value}, "bool")`
        : "Close over what is no tensor";
  return new InvalidArgumentError(
    `${what}${placeOf(path)}: expected tensors in arrays, Maps and plain objects, found ${describe(value)}. ${repair}.`,
  );
}
