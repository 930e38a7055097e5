/** @file Walks over everything below a node. */
import type { Module } from "../module/module.ts";
import type { Variable } from "../variable/variable.ts";
import { childrenOf, type Parent } from "./children.ts";
import { type Key, type Kind, kindOf, MODULE, type Path } from "./kinds.ts";

/** A visit: where, what, and of which kind. */
export type Visit = [path: Path, value: unknown, kind: Kind];

/** As {@link iterGraph}, with the kind of each value. */
export function* visitGraph(root: unknown): Generator<Visit, void, undefined> {
  yield* visit(root, [], new Set());
}

function* visit(value: unknown, path: Key[], seen: Set<unknown>): Generator<Visit, void, undefined> {
  const kind = kindOf(value);
  if (kind !== "static" && kind !== "tensor") {
    if (seen.has(value)) return;
    seen.add(value);
  }
  if (kind === "pytree" || kind === "container") {
    for (const [key, child] of childrenOf(value as Parent)) yield* visit(child, [...path, key], seen);
  }
  yield [path, value, kind];
}

/**
 * Yields `[path, value]` for everything below `node`: nodes, containers, Variables, tensors and static
 * attributes. Children come before their parent, keys sorted, the root last with path `[]`; what can be reached
 * by several paths comes once, under the first. Cycles are fine.
 *
 * @see flax.nnx.iter_graph
 */
export function* iterGraph(node: unknown): Generator<[Path, unknown], void, undefined> {
  for (const [path, value] of visitGraph(node)) yield [path, value];
}

/**
 * Yields `[path, module]` for each Module below `node`, each once, children first, the root last.
 *
 * @see flax.nnx.iter_modules
 */
export function* iterModules(node: unknown): Generator<[Path, Module], void, undefined> {
  for (const [path, value, kind] of visitGraph(node)) {
    if (kind === "pytree" && MODULE in (value as object)) yield [path, value as Module];
  }
}

/** Yields `[path, variable]` for each Variable below `node`, each once, in the order of their first paths. */
export function* iterVariables(node: unknown): Generator<[Path, Variable], void, undefined> {
  for (const [path, value, kind] of visitGraph(node))
    if (kind === "variable") yield [path, value as Variable];
}

/**
 * Yields `[key, child]` for the direct children of `node` that are nodes or Variables.
 *
 * @see flax.nnx.iter_children
 */
export function* iterChildren(node: Parent): Generator<[Key, unknown], void, undefined> {
  for (const [key, child] of childrenOf(node)) {
    if (kindOf(child) === "pytree" || kindOf(child) === "variable") yield [key, child];
  }
}
