/** @file Compares arguments with a pattern in microseconds: nothing is allocated. */
import { GraphDef, isVariable, State } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { isSameShape } from "../graph/same-shape.ts";
import type { Pattern } from "./pattern.ts";
import { isBorrowed } from "./walk.ts";

/** Where a match puts what it finds: tensors by their leaf, everything with an identity by its index. */
export interface Match {
  readonly tensors: tf.Tensor[];
  readonly objects: object[];
}

/** Whether `value` is as `pattern` says; fills `match`, which means nothing after a mismatch. */
export function matches(pattern: Pattern, value: unknown, match: Match): boolean {
  if (pattern.kind === "static")
    return Object.is(value, pattern.value) || isEqualDefinition(pattern.value, value);
  if (typeof value !== "object" || value === null) return false;
  switch (pattern.kind) {
    case "tensor":
      if (!isTensorLike(value, pattern.shape, pattern.dtype)) return false;
      match.tensors[pattern.leaf] = value;
      return true;
    case "variable":
      if (pattern.borrowed) {
        if (!isVariable(value) || !isBorrowed(value) || value.constructor !== pattern.variable.constructor)
          return false;
      } else if (value !== pattern.variable || pattern.variable.metadata !== pattern.metadata) return false;
      match.objects[pattern.index] = value;
      return (
        pattern.dtype === (value as typeof pattern.variable).dtype &&
        isSameShape(pattern.shape, (value as typeof pattern.variable).shape)
      );
    case "tfVariable":
      match.objects[pattern.index] = value;
      return value === pattern.variable;
    case "node":
      match.objects[pattern.index] = value;
      return value === pattern.node && matchProperties(pattern.keys, pattern.children, value, match);
    case "record":
      match.objects[pattern.index] = value;
      return (
        Object.getPrototypeOf(value) === pattern.prototype &&
        matchProperties(pattern.keys, pattern.children, value, match)
      );
    case "list": {
      const { children } = pattern;
      if (!Array.isArray(value) || value.length !== children.length) return false;
      match.objects[pattern.index] = value;
      for (let i = 0; i < children.length; i++) if (!matches(children[i]!, value[i], match)) return false;
      return true;
    }
    case "map": {
      const { keys, children } = pattern;
      if (!(value instanceof Map) || value.size !== keys.length) return false;
      match.objects[pattern.index] = value;
      let i = 0;
      for (const key of value.keys()) {
        if (key !== keys[i] || !matches(children[i]!, value.get(key), match)) return false;
        i++;
      }
      return true;
    }
    case "state":
      if (!(value instanceof State)) return false;
      match.objects[pattern.index] = value;
      return matches(pattern.entries, value.entries, match);
    default:
      return value === match.objects[pattern.index];
  }
}

function matchProperties(
  keys: readonly string[],
  children: readonly (Pattern | undefined)[],
  value: object,
  match: Match,
): boolean {
  let i = 0;
  // The engine keeps the names of an object that does not change, so this loop makes no array of them.
  for (const key in value) {
    if (key !== keys[i]) return false;
    const child = children[i++];
    if (child && !matches(child, (value as Record<string, unknown>)[key], match)) return false;
  }
  return i === keys.length;
}

/** `split` makes a new definition each time. */
function isEqualDefinition(a: unknown, b: unknown): boolean {
  return a instanceof GraphDef && b instanceof GraphDef && a.equals(b);
}

function isTensorLike(value: object, shape: readonly number[], dtype: tf.DataType): value is tf.Tensor {
  // The class's own test for instances goes through several properties: these say as much.
  const tensor = value as Partial<tf.Variable>;
  return (
    tensor.dtype === dtype &&
    tensor.dataId !== undefined &&
    tensor.assign === undefined &&
    isSameShape(tensor.shape!, shape)
  );
}
