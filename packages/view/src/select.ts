/** @file Which nodes of a model a filter means. */
import { classNameOf, type Filter, InvalidArgumentError, kindOf, type Located, matching } from "@nnx-js/nn";

/** Options of `view` and `withAttributes`. */
export interface SelectOptions {
  /** Which modules are changed; it is asked with path and module. All of them by default. */
  only?: Filter | undefined;
  /** Whether a name that no selected module has is an error. Default `true`. */
  raiseIfNotFound?: boolean | undefined;
}

/** Those of `nodes` that `only` selects; a node with several paths is selected when any of them is. */
export function select<T>(
  root: unknown,
  nodes: readonly Located<T>[],
  only: Filter | undefined,
): Located<T>[] {
  return matching(root, nodes, only ?? true);
}

/** @throws InvalidArgumentError when `model` is neither a node nor a container of nodes */
export function assertModel(caller: string, model: unknown): void {
  const kind = kindOf(model);
  if (kind === "pytree" || kind === "container") return;
  const found = model === null ? "null" : typeof model === "object" ? classNameOf(model) : typeof model;
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
