/** @file The object with whose life what was learnt about the arguments of a call ends. */
import { isPytree, isVariable, State } from "@nnx-js/nn";
import { isBorrowed } from "./walk.ts";

/** No container is looked for below this many others: one of them may hold itself. */
const DEEPEST = 8;

/**
 * The first Module, Optimizer, Rngs or Variable in the arguments; none among tensors and static values. Allocates
 * nothing.
 */
export function anchorOf(value: unknown, depth = 0): object | undefined {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return undefined;
  if (isPytree(value)) return value;
  // Gradients live for one call only.
  if (isVariable(value)) return isBorrowed(value) ? undefined : value;
  if (Array.isArray(value)) {
    for (const child of value) {
      const anchor = anchorOf(child, depth + 1);
      if (anchor) return anchor;
    }
    return undefined;
  }
  if (value instanceof State) {
    for (const [, leaf] of value.entries) {
      const anchor = anchorOf(leaf, depth + 1);
      if (anchor) return anchor;
    }
    return undefined;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  for (const key in value) {
    const anchor = anchorOf((value as Record<string, unknown>)[key], depth + 1);
    if (anchor) return anchor;
  }
  return undefined;
}
