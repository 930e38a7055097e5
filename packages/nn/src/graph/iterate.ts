/** @file Walks over everything below a node. */
import type { Module } from "../module/module.ts";
import type { Variable } from "../variable/variable.ts";
import { childrenOf, type Parent } from "./children.ts";
import { PlainHolders } from "./plain-holders.ts";
import { isPytree, type Key, type Kind, kindOf, MODULE, type Path } from "./kinds.ts";
import { visit, type Visitor } from "./visit.ts";

/** A visit: where, what, and of which kind. */
export type Visit = [path: Path, value: unknown, kind: Kind];

/** Everything below `root`, as {@link iterGraph} orders it, with the kind of each value. */
export function visitGraph(root: unknown): Visit[] {
  const visits: Visit[] = [];
  walk(root, (path, value, kind) => visits.push([[...path], value, kind]));
  return visits;
}

/** As {@link visit}, and refuses Modules and Variables that it cannot come to. */
function walk(root: unknown, visitor: Visitor): void {
  const holders = new PlainHolders();
  const seen = visit(root, (path, value, kind) => {
    if (kind === "static") holders.note(path, value);
    visitor(path, value, kind);
  });
  holders.assertNone(root, seen);
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
  for (const [path, value] of visitGraph(node)) if (isModule(value)) yield [path, value];
}

/** `[path, variable]` for each Variable below `node`, each once, in the order of their first paths. */
export function iterVariables(node: unknown): [Path, Variable][] {
  const variables: [Path, Variable][] = [];
  walk(node, (path, value, kind) => {
    if (kind === "variable") variables.push([[...path], value as Variable]);
  });
  return variables;
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

/**
 * Yields `[key, module]` for the direct children of `node` that are Modules.
 *
 * @see flax.nnx.iter_module_children
 */
export function* iterModuleChildren(node: Parent): Generator<[Key, Module], void, undefined> {
  for (const [key, child] of childrenOf(node)) if (isModule(child)) yield [key, child];
}

function isModule(value: unknown): value is Module {
  return isPytree(value) && MODULE in value;
}
