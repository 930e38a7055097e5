/** @file The object with whose life what was learnt about the arguments of a call ends. */
import { isPytree, isState, isVariable } from "@nnx-js/nn";
import { MAX_DEPTH } from "./own-properties.ts";
import { isBorrowed } from "./walk.ts";

/** Containers that the search has come to, of which one may be in many others, or in itself. */
const seen = new Set<object>();

/** The first function that the search has come to. */
let firstFunction: object | undefined;

/**
 * The first Module, Optimizer, Rngs or Variable in the arguments, or the first function where there is none; none among
 * tensors and static values.
 */
export function anchorOf(args: readonly unknown[]): object | undefined {
  // Most calls have a Module in front, or nothing but tensors, and need no search.
  let needsSearch = false;
  for (const arg of args) {
    if (typeof arg === "function") needsSearch = true;
    if (typeof arg !== "object" || arg === null || isTensorLike(arg)) continue;
    if (isPytree(arg)) return arg;
    needsSearch = true;
    break;
  }
  if (!needsSearch) return undefined;
  try {
    return search(args, 0) ?? firstFunction;
  } finally {
    seen.clear();
    firstFunction = undefined;
  }
}

function search(value: unknown, depth: number): object | undefined {
  if (typeof value === "function") firstFunction ??= value;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return undefined;
  if (isTensorLike(value)) return undefined;
  if (isPytree(value)) return value;
  // Gradients live for one call only.
  if (isVariable(value)) return isBorrowed(value) ? undefined : value;
  if (Array.isArray(value)) {
    if (!isNew(value)) return undefined;
    for (const child of value) {
      const anchor = search(child, depth + 1);
      if (anchor) return anchor;
    }
    return undefined;
  }
  if (isState(value)) {
    if (!isNew(value)) return undefined;
    for (const [, leaf] of value.entries) {
      const anchor = search(leaf, depth + 1);
      if (anchor) return anchor;
    }
    return undefined;
  }
  // The elements of a typed array are properties, but no Modules.
  if (ArrayBuffer.isView(value) || !isNew(value)) return undefined;
  for (const key in value) {
    const anchor = search((value as Record<string, unknown>)[key], depth + 1);
    if (anchor) return anchor;
  }
  return undefined;
}

/** The class's own test for instances goes through several properties: this one says as much here. */
function isTensorLike(value: object): boolean {
  return "dataId" in value && value.dataId !== undefined;
}

function isNew(container: object): boolean {
  if (seen.has(container)) return false;
  seen.add(container);
  return true;
}
