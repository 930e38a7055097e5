/** @file The values that a capture begins with. */
import { GraphStructureError } from "../errors.ts";
import { childOf, type Parent, setChild } from "../graph/children.ts";
import { formatPath, isVariable, type Key, type Path } from "../graph/kinds.ts";
import type { State, StateEntry } from "../graph/state.ts";
import type { VariableClass } from "./recorder.ts";

/** Values of one module, by type and name. */
export type InitialValues = Map<VariableClass, Map<string, unknown>>;

/**
 * The values in `init` for each of the modules that stand at `paths`. What a State holds below a name is an array,
 * or an object where keys are strings.
 *
 * @throws GraphStructureError for a path that belongs to none of them, and for plain tensors
 */
export function initialValues(init: State | undefined, paths: readonly Path[]): InitialValues[] {
  const all: InitialValues[] = paths.map(() => new Map());
  const indices = new Map(paths.map((path, i) => [JSON.stringify(path), i]));
  for (const [path, leaf] of init ?? []) {
    let depth = path.length - 1;
    while (depth >= 0 && !indices.has(JSON.stringify(path.slice(0, depth)))) depth--;
    if (depth < 0 || !isVariable(leaf)) throw unusable(path, leaf, paths);
    const values = all[indices.get(JSON.stringify(path.slice(0, depth)))!]!;
    // Every Variable is made by a class of Variables.
    const type = leaf.constructor as VariableClass;
    const named = values.get(type) ?? new Map<string, unknown>();
    values.set(type, named);
    const [name, ...keys] = path.slice(depth);
    named.set(String(name), put(named.get(String(name)), keys, leaf.value));
  }
  return all;
}

/** `container`, made if there is none, with `value` at `keys`. */
function put(container: unknown, keys: readonly Key[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  // The keys of a State are sorted: those of one array or object come one after the other.
  const parent = (container ?? (typeof key === "number" ? [] : {})) as Parent;
  setChild(parent, key, put(childOf(parent, key), rest, value));
  return parent;
}

function unusable(path: Path, leaf: StateEntry[1], paths: readonly Path[]): GraphStructureError {
  if (!isVariable(leaf)) {
    return new GraphStructureError(
      `capture: init has a plain tensor at ${formatPath(path)}. Give Variables, as capture returns them.`,
    );
  }
  return new GraphStructureError(
    `capture: init has a ${leaf.constructor.name} at ${formatPath(path)}, where there is no module. ` +
      `Modules: ${paths.map(formatPath).join(", ")}. Make it with the same model: capture(model, Perturbation)(x).`,
  );
}
