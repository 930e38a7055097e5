/** @file What the values in an object graph are: nodes, Variables, tensors, containers or static values. */
import * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError } from "../errors.ts";
import type { Pytree } from "../module/pytree.ts";
import type { Variable } from "../variable/variable.ts";
import type { GraphDef } from "./graphdef.ts";
import { HOLDS_OTHERS } from "./holds-others.ts";
import type { State } from "./state.ts";

/** One step of a path: an attribute's name, or an index of a list. */
export type Key = string | number;

/** Where a value stands below a root; `[]` is the root itself. */
export type Path = readonly Key[];

// Brands instead of `instanceof`: the graph functions need no import of the classes, and two copies of the
// package in one application understand each other.
/** Brand of {@link Pytree}. */
export const PYTREE = Symbol.for("@nnx-js/nn/pytree");
/** Brand of {@link Variable}. */
export const VARIABLE = Symbol.for("@nnx-js/nn/variable");
/** Brand of Modules. */
export const MODULE = Symbol.for("@nnx-js/nn/module");

/** Marks instances of Rngs. */
export const RNGS = Symbol.for("@nnx-js/nn/rngs");

/** A container without a class of its own; part of the graph when it holds data at any depth. */
export type Container = unknown[] | Map<Key, unknown> | Record<string, unknown>;

/** What a value is to the graph functions. */
export type Kind = "pytree" | "variable" | "tensor" | "container" | "static";

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether `value` is a graph node with a class: a Module, an Rngs, an Optimizer, … */
export function isPytree(value: unknown): value is Pytree {
  return isObject(value) && PYTREE in value;
}

/** Whether `value` is a Variable. */
export function isVariable(value: unknown): value is Variable {
  return isObject(value) && VARIABLE in value;
}

/** @internal Whether `value` is a State: a program without any need not bring the class. */
export function isState(value: unknown): value is State {
  return isObject(value) && HOLDS_OTHERS in value && value[HOLDS_OTHERS] === "State";
}

/** @internal Whether `value` is a GraphDef. */
export function isGraphDef(value: unknown): value is GraphDef {
  return isObject(value) && HOLDS_OTHERS in value && value[HOLDS_OTHERS] === "GraphDef";
}

/** Whether `value` is an array, a `Map` or a plain object. */
export function isContainer(value: unknown): value is Container {
  if (!isObject(value)) return false;
  if (Array.isArray(value) || value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether `value` is data: a node, a Variable or a tensor. Everything else is static, but for containers of data.
 *
 * @see flax.nnx.is_data
 */
export function isData(value: unknown): boolean {
  return isPytree(value) || isVariable(value) || value instanceof tf.Tensor;
}

/**
 * Whether `value` is data, or an array, `Map` or plain object with data in it at any depth; in a `Set` or as the key of
 * a `Map` too, where the graph functions refuse it.
 *
 * @see flax.nnx.has_data
 */
export function hasData(value: unknown): boolean {
  if (isData(value)) return true;
  if (!isContainer(value)) return false;
  // A stack of its own: containers may be nested deeper than functions can be called.
  const seen = new Set<unknown>([value]);
  const waiting: (Container | Set<unknown>)[] = [value];
  for (let container = waiting.pop(); container; container = waiting.pop()) {
    const items: Iterable<unknown> =
      container instanceof Map ? [...container].flat() : container instanceof Set || Array.isArray(container) ? container : Object.values(container); // prettier-ignore
    for (const item of items) {
      if (!isObject(item)) continue;
      if (isData(item)) return true;
      if (!(isContainer(item) || item instanceof Set) || seen.has(item)) continue;
      seen.add(item);
      waiting.push(item);
    }
  }
  return false;
}

/** The {@link Kind} of a value. Containers that hold no data are static, as in Flax. */
export function kindOf(value: unknown): Kind {
  if (!isObject(value)) return "static";
  if (VARIABLE in value) return "variable";
  if (PYTREE in value) return "pytree";
  if (value instanceof tf.Tensor) return "tensor";
  return isContainer(value) && hasData(value) ? "container" : "static";
}

/** How long paths may be. What is nested deeper is nested in itself, or a mistake; recursion ends well before the stack. */
export const MAX_DEPTH = 1000;

/** @throws GraphStructureError for a path that is too long, on behalf of `caller` */
export function assertDepth(path: Path, caller: string): void {
  if (path.length <= MAX_DEPTH) return;
  throw new GraphStructureError(
    `${caller}: found more than ${MAX_DEPTH} levels below ${formatPath(path.slice(0, 3))}… Something is nested in ` +
      `itself, or too deep: keep parts of one kind in an array.`,
  );
}

/** A path as people write it: `layers.0.kernel`; the root is `(root)`. */
export function formatPath(path: Path): string {
  return path.length === 0 ? "(root)" : path.join(".");
}
