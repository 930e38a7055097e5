/** @file Walks over arguments: their pattern, the tensors in them, and everything that has an identity. */
import { BorrowedStore, isPytree, isVariable, State, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { ListPattern, Pattern } from "./pattern.ts";

/** A tensor in the arguments and the container or node in which it stands. */
interface Leaf {
  readonly parent: object;
  readonly key: string | number;
  readonly tensor: tf.Tensor;
}

/** What a walk found. */
export interface Walk {
  readonly pattern: ListPattern;
  /** Nodes, Variables and containers by their index. */
  readonly objects: readonly object[];
  readonly leaves: readonly Leaf[];
}

/** Says why a value cannot be an argument; a path such as `1.batch` in front of what is wrong. */
export type Refuse = (path: string, found: string, repair: string) => Error;

/** Walks over the arguments of a call, once for each object: shared ones stay shared, cycles end. */
export function walkArguments(args: unknown[], refuse: Refuse): Walk {
  const objects: object[] = [];
  const leaves: Leaf[] = [];
  const indices = new Map<object, number>();
  const path: (string | number)[] = [];

  const number = (object: object): number => {
    const index = objects.length;
    objects.push(object);
    indices.set(object, index);
    return index;
  };

  const below = (parent: object, key: string | number, child: unknown, inNode: boolean): Pattern => {
    path.push(key);
    const pattern = visit(child, parent, key, inNode);
    path.pop();
    return pattern;
  };

  const properties = (object: object, inNode: boolean) => {
    const keys: string[] = [];
    const children: (Pattern | undefined)[] = [];
    // As the matcher goes over them, which must not allocate: inherited names come along, but do not count.
    for (const key in object) {
      const property = Object.getOwnPropertyDescriptor(object, key);
      keys.push(key);
      children.push(property && "value" in property ? below(object, key, property.value, inNode) : undefined);
    }
    return { keys, children };
  };

  const visit = (value: unknown, parent: object, key: string | number, inNode: boolean): Pattern => {
    if (typeof value !== "object" || value === null) return { kind: "static", value };
    const known = indices.get(value);
    if (known !== undefined) return { kind: "reference", index: known };
    if (isVariable(value)) return variablePattern(value, number(value));
    if (isPytree(value)) {
      const index = number(value);
      return { kind: "node", index, node: value, ...properties(value, true) };
    }
    if (value instanceof tf.Variable) {
      return { kind: "tfVariable", index: number(value), variable: value };
    }
    if (value instanceof tf.Tensor) {
      leaves.push({ parent, key, tensor: value });
      return { kind: "tensor", leaf: leaves.length - 1, shape: [...value.shape], dtype: value.dtype };
    }
    if (value instanceof State) {
      const index = number(value);
      return { kind: "state", index, state: value, entries: below(value, "entries", value.entries, inNode) };
    }
    if (Array.isArray(value)) {
      const index = number(value);
      const children = value.map((child: unknown, i) => below(value, i, child, inNode));
      return { kind: "list", index, children };
    }
    if (value instanceof Map) {
      const index = number(value);
      const entries = [...(value as Map<unknown, unknown>)];
      const children = entries.map(([at, child]) => below(value, at as string | number, child, inNode));
      return { kind: "map", index, keys: entries.map(([at]) => at), children };
    }
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === Object.prototype || prototype === null) {
      const index = number(value);
      return { kind: "record", index, prototype, ...properties(value, inNode) };
    }
    // What a node holds is its own affair: attributes of any class are static there.
    if (!inNode) assertStatic(value, path, refuse);
    return { kind: "static", value };
  };

  const index = number(args);
  const children = args.map((child, i) => below(args, i, child, false));
  return { pattern: { kind: "list", index, children }, objects, leaves };
}

function variablePattern(variable: Variable, index: number): Pattern {
  const { shape, dtype, metadata } = variable;
  const borrowed = isBorrowed(variable);
  return { kind: "variable", index, variable, borrowed, shape: [...shape], dtype, metadata };
}

/** Data in an object that is compared by identity would be the data of the first call for ever. */
function assertStatic(value: object, path: readonly (string | number)[], refuse: Refuse): void {
  const where = path.join(".");
  const { name } = value.constructor;
  if (ArrayBuffer.isView(value)) {
    throw refuse(where, `a ${name}`, "Pass a tensor: tf.tensor(values).");
  }
  const items: unknown[] = value instanceof Set ? [...(value as Set<unknown>)] : Object.values(value);
  if (items.some((item) => isVariable(item) || isPytree(item) || item instanceof tf.Tensor)) {
    throw refuse(
      where,
      `a ${name} that holds tensors or Modules`,
      "Pass a plain object, an array or a Map, or let the class extend Pytree.",
    );
  }
}

/** Whether the Variable's tensor belongs to somebody else. */
export function isBorrowed(variable: Variable): boolean {
  return variable.store instanceof BorrowedStore;
}
