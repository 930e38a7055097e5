/** @file Taking nodes apart and putting them together: `split`, `merge`, `state`, `update`, `graphdef`. */
import * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError, VariableValueError } from "../errors.ts";
import { transaction } from "../variable/transaction.ts";
import { copyVariable, type Variable } from "../variable/variable.ts";
import { childOf, hasChild, isParent, type Parent, setChild } from "./children.ts";
import { clone } from "./copy.ts";
import type { Filter } from "./filters.ts";
import { flatten, type GraphDef, unflatten } from "./graphdef.ts";
import { divideStates, type LeafOf, oneOrAll, selectStates, type StatesOf } from "./group.ts";
import { formatPath, isContainer, isVariable, type Key, kindOf, type Path } from "./kinds.ts";
import type { PureDict } from "./pure-dict.ts";
import { State, type StateEntry, type StateLeaf } from "./state.ts";

/** The structure and static attributes of `node`. @see flax.nnx.graphdef */
export function graphdef<T>(node: T): GraphDef<T> {
  return flatten(node)[0];
}

/**
 * The Variables (and plain tensors) of `node` by path, each once under its first path; they are the live ones.
 * With filters: one State for each, the first filter that selects a leaf gets it, the rest is left out.
 *
 * ```ts
 * const params = state(model, Param);
 * const [kernels, others] = state(model, PathContains("kernel"), true);
 * ```
 *
 * @see flax.nnx.state
 */
export function state(node: unknown): State;
export function state<const F extends Filter>(node: unknown, filter: F): State<LeafOf<F>>;
export function state<F extends readonly [Filter, Filter, ...Filter[]]>(
  node: unknown,
  ...filters: F
): StatesOf<F>;
export function state(node: unknown, ...filters: Filter[]): State | State[] {
  const [, entries] = flatten(node);
  return filters.length === 0 ? new State(entries) : oneOrAll(selectStates(entries, filters));
}

/**
 * The Variables of `node` by path: {@link state} without plain tensors.
 *
 * @see flax.nnx.variables
 */
export function variables(node: unknown): State<Variable>;
export function variables<const F extends Filter>(node: unknown, filter: F): State<LeafOf<F, Variable>>;
export function variables<F extends readonly [Filter, Filter, ...Filter[]]>(
  node: unknown,
  ...filters: F
): StatesOf<F, Variable>;
export function variables(node: unknown, ...filters: Filter[]): State | State[] {
  const entries = flatten(node)[1].filter(([, leaf]) => isVariable(leaf));
  return filters.length === 0 ? new State(entries) : oneOrAll(selectStates(entries, filters));
}

/**
 * Takes `node` apart: `[graphdef, state]`, or with filters `[graphdef, ...states]`. Every leaf must be selected.
 *
 * @throws GraphStructureError when the filters leave something over
 * @see flax.nnx.split
 */
export function split<T>(node: T): [GraphDef<T>, State];
export function split<T, F extends readonly Filter[]>(node: T, ...filters: F): [GraphDef<T>, ...StatesOf<F>];
export function split<T>(node: T, ...filters: Filter[]): [GraphDef<T>, ...State[]] {
  const [definition, entries] = flatten(node);
  if (filters.length === 0) return [definition, new State(entries)];
  return [definition, ...divideStates(entries, filters)];
}

/** Options of {@link merge}. */
export interface MergeOptions {
  /** Whether the node gets copies of the Variables. Default `false`: it shares those of the states. */
  copy?: boolean | undefined;
}

/**
 * Puts a node together again. It shares the Variables of the states, unless the last argument is `{ copy: true }`. A
 * tensor that stands where a Variable was is copied into a new Variable of that class.
 *
 * ```ts
 * const [definition, params, others] = split(model, Param, true);
 * const same = merge(definition, params, others);
 * const copy = merge(definition, params, others, { copy: true });
 * ```
 *
 * @throws GraphStructureError listing leaves that are missing or have no place
 * @see flax.nnx.merge
 */
export function merge<T>(graphdef: GraphDef<T>, ...states: readonly [State, ...State[]]): T;
export function merge<T>(
  graphdef: GraphDef<T>,
  ...statesAndOptions: readonly [State, ...State[], MergeOptions]
): T;
export function merge<T>(graphdef: GraphDef<T>, ...args: readonly (State | MergeOptions)[]): T {
  const states = args.filter((arg) => arg instanceof State);
  const copies = args.some((arg) => !(arg instanceof State) && arg.copy);
  const node = unflatten(graphdef, states);
  return copies ? clone(node) : node;
}

/** What {@link update} writes: a State, or nested objects of tensors. */
export type Update = State | PureDict;

function entriesOf(source: Update, path: Path = []): StateEntry[] {
  if (source instanceof State) return [...source.entries];
  if (!isContainer(source)) {
    const found = source === null ? "null" : typeof source === "object" ? "an object" : `a ${typeof source}`;
    throw new GraphStructureError(
      `update: expected a tensor or nested objects of tensors at ${formatPath(path)}, got ${found}. ` +
        `Make tensors of numbers: tf.tensor([…]).`,
    );
  }
  return Object.entries(source).flatMap(([name, value]): StateEntry[] => {
    const below = [...path, name];
    return value instanceof tf.Tensor || isVariable(value) ? [[below, value]] : entriesOf(value, below);
  });
}

/**
 * Writes values into `node`, in place: Variables keep identity and class, so that every view sees them. Values are
 * copied, metadata is not; the given states stay the caller's. States may be partial; a path that the node does not
 * have is added.
 *
 * @throws GraphStructureError, before anything is written, when a value is given for a sub-module or the other
 *   way round
 * @see flax.nnx.update
 */
export function update(node: unknown, state: Update, ...states: Update[]): void {
  const writes = [state, ...states]
    .flatMap((source) => entriesOf(source))
    .map(([path, leaf]) => plan(node, path, leaf));
  transaction(() => {
    for (const write of writes) write();
  });
}

/** Finds out where a leaf goes, without writing it. */
function plan(root: unknown, path: Path, leaf: StateLeaf): () => void {
  let parent = root;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const child = isParent(parent) ? childOf(parent, keyIn(parent, key)) : undefined;
    if (!isParent(child)) {
      throw new GraphStructureError(
        `update: expected a module or container at ${formatPath(path.slice(0, depth + 1))} to hold ` +
          `${formatPath(path)}, got ${describe(child)}. Give the State of a model with this structure.`,
      );
    }
    parent = child;
  }
  if (!isParent(parent) || path.length === 0) {
    throw new GraphStructureError(
      `update: expected a module or container, got ${describe(parent)}. ` +
        `To write a single Variable, set it: variable.value = tensor.`,
    );
  }
  const key = keyIn(parent, path.at(-1)!);
  const current = childOf(parent, key);
  const value = valueOf(leaf, path);
  if (isVariable(current)) return () => void (current.value = value.clone());
  const kind = kindOf(current);
  if (kind === "pytree" || kind === "container") {
    throw new GraphStructureError(
      `update: expected a State for ${formatPath(path)}, got a single value. ` +
        `Give the values of what it holds, each at its own path.`,
    );
  }
  const target: Parent = parent;
  return () => setChild(target, key, isVariable(leaf) ? copyVariable(leaf) : leaf.clone());
}

function valueOf(leaf: StateLeaf, path: Path): tf.Tensor {
  if (isVariable(leaf)) return leaf.value;
  if (!leaf.isDisposed) return leaf;
  throw new VariableValueError(
    `update: the value given for ${formatPath(path)} is a disposed tensor. Dispose of it after the update: the values ` +
      `are copied.`,
  );
}

/** The key as `parent` spells it: property names of plain objects may stand for a list's indices. */
function keyIn(parent: Parent, key: Key): Key {
  const other = typeof key === "number" ? String(key) : Number(key);
  return !hasChild(parent, key) && !Number.isNaN(other) && hasChild(parent, other) ? other : key;
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  return isVariable(value) ? `a ${value.constructor.name}` : `a ${typeof value}`;
}
