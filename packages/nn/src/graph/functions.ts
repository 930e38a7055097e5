/** @file Taking nodes apart and putting them together: `split`, `merge`, `state`, `graphdef`. */
import type { Variable } from "../variable/variable.ts";
import { clone } from "./copy.ts";
import { type Coverage, cover, WHOLE } from "./coverage.ts";
import { named } from "./filter-names.ts";
import type { Filter } from "./filters.ts";
import { flatten, type GraphDef, unflatten } from "./graphdef.ts";
import { divideStates, type LeafOf, oneOrAll, selectStates, type StatesOf } from "./group.ts";
import { isVariable, type Path } from "./kinds.ts";
import { assertNode } from "./node-argument.ts";
import { assertMergeArguments } from "./merge-arguments.ts";
import { State } from "./state.ts";

/** The structure and static attributes of `node`. @see flax.nnx.graphdef */
export function graphdef<T>(node: T): GraphDef<T> {
  assertNode(node, "graphdef");
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
  assertNode(node, "state");
  const [, entries] = flatten(node);
  return filters.length === 0
    ? cover(new State(entries), WHOLE)
    : oneOrAll(selectStates(entries, filters, WHOLE));
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
  assertNode(node, "variables");
  const entries = flatten(node)[1].filter(([, leaf]) => isVariable(leaf));
  if (filters.length === 0) return cover(new State(entries), onlyVariables);
  return oneOrAll(selectStates(entries, filters, onlyVariables));
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
  assertNode(node, "split");
  const [definition, entries] = flatten(node);
  if (filters.length === 0) return [definition, cover(new State(entries), WHOLE)];
  return [definition, ...divideStates(entries, filters, WHOLE)];
}

const onlyVariables: Coverage = {
  selects: named((_path: Path, leaf: unknown) => isVariable(leaf), "Variables", isVariable),
};

/** Options of {@link merge}. */
export interface MergeOptions {
  /** Whether the node gets copies of the Variables. Default `false`: it shares those of the states. */
  copy?: boolean | undefined;
  /**
   * Whether every leaf must be given. Default `true`. `false` lets Variables be missing, which are then without a
   * value, as those of `evalShape` are.
   */
  strict?: boolean | undefined;
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
 * @throws GraphStructureError, ShapeMismatchError or DtypeError that names all leaves which are missing, have no place,
 *   or are of another shape or dtype than those of the node that was taken apart
 * @see flax.nnx.merge
 */
export function merge<T>(graphdef: GraphDef<T>, ...states: readonly [State, ...State[]]): T;
export function merge<T>(
  graphdef: GraphDef<T>,
  ...statesAndOptions: readonly [State, ...State[], MergeOptions]
): T;
export function merge<T>(graphdef: GraphDef<T>, ...args: readonly (State | MergeOptions)[]): T {
  assertMergeArguments(graphdef, args);
  const states = args.filter((arg) => arg instanceof State);
  const copies = args.some((arg) => !(arg instanceof State) && arg.copy);
  const strict = args.every((arg) => arg instanceof State || arg.strict !== false);
  const node = unflatten(graphdef, states, { checksTypes: true, strict });
  return copies ? clone(node) : node;
}
