/** @file Which nodes of a model a filter means. */
import {
  childrenOf,
  type Filter,
  InvalidArgumentError,
  type Key,
  kindOf,
  type Parent,
  type Path,
  toPredicate,
} from "@nnx-js/nn";

/** Options of `view` and `withAttributes`. */
export interface SelectOptions {
  /** Which modules are changed; it is asked with path and module. All of them by default. */
  only?: Filter | undefined;
  /** Whether a name that no selected module has is an error. Default `true`. */
  raiseIfNotFound?: boolean | undefined;
}

/** A node and its first path. */
export type Located<T> = readonly [path: Path, node: T];

/**
 * Those of `nodes` that `only` selects. A node with several paths is selected when any of them is.
 *
 * Differs from Flax, which asks about the first path of a shared module only.
 */
export function select<T>(
  root: unknown,
  nodes: readonly Located<T>[],
  only: Filter | undefined,
): Located<T>[] {
  if (only === undefined || only === true) return [...nodes];
  const predicate = toPredicate(only);
  const undecided = new Set<unknown>(nodes.map(([, node]) => node));
  const above = new Set<unknown>();

  function visit(value: unknown, path: readonly Key[]): void {
    const kind = kindOf(value);
    if ((kind !== "pytree" && kind !== "container") || above.has(value) || undecided.size === 0) return;
    if (undecided.has(value) && predicate(path, value)) undecided.delete(value);
    above.add(value);
    for (const [key, child] of childrenOf(value as Parent)) visit(child, [...path, key]);
    above.delete(value);
  }

  visit(root, []);
  return nodes.filter(([, node]) => !undecided.has(node));
}

/** @throws InvalidArgumentError when `model` is neither a node nor a container of nodes */
export function assertModel(caller: string, model: unknown): void {
  const kind = kindOf(model);
  if (kind === "pytree" || kind === "container") return;
  const found = model === null ? "null" : typeof model === "object" ? model.constructor.name : typeof model;
  throw new InvalidArgumentError(
    `${caller}: expected a Module, or an array or object of Modules, got ${found}.`,
  );
}

/** @throws InvalidArgumentError when `names` is not an object of values by name */
export function assertNamed(caller: string, example: string, names: unknown): void {
  if (typeof names === "object" && names !== null && !Array.isArray(names)) return;
  throw new InvalidArgumentError(
    `${caller}: expected an object such as ${example} as the second argument, got ${JSON.stringify(names) ?? String(names)}.`,
  );
}
