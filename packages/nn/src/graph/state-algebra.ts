/** @file Filtering, dividing, joining and mapping States. */
import { assertFunction } from "../function-argument.ts";
import { cover, coverageOf, union } from "./coverage.ts";
import type { Filter } from "./filters.ts";
import { divideStates, type LeafOf, oneOrAll, selectStates, type StatesOf } from "./group.ts";
import type { Path } from "./kinds.ts";
import { assertState, State, type StateLeaf } from "./state.ts";

/**
 * The part of a State that a filter selects; with several filters one State for each, the first that selects a leaf
 * gets it. The rest is left out. The leaves are the same objects.
 *
 * @see flax.nnx.filter_state
 */
export function filterState<Leaf extends StateLeaf, const F extends Filter>(
  state: State<Leaf>,
  filter: F,
): State<LeafOf<F, Leaf>>;
export function filterState<Leaf extends StateLeaf, F extends readonly [Filter, Filter, ...Filter[]]>(
  state: State<Leaf>,
  ...filters: F
): StatesOf<F, Leaf>;
export function filterState(state: State, ...filters: Filter[]): State | State[] {
  assertState(state, "filterState");
  return oneOrAll(selectStates(state.entries, filters, coverageOf(state)));
}

/**
 * As {@link filterState}, but every leaf must be selected: `true` as the last filter takes the rest.
 *
 * @throws GraphStructureError naming what no filter selects
 * @see flax.nnx.split_state
 */
export function splitState<Leaf extends StateLeaf, const F extends Filter>(
  state: State<Leaf>,
  filter: F,
): State<LeafOf<F, Leaf>>;
export function splitState<Leaf extends StateLeaf, F extends readonly [Filter, Filter, ...Filter[]]>(
  state: State<Leaf>,
  ...filters: F
): StatesOf<F, Leaf>;
export function splitState(state: State, ...filters: Filter[]): State | State[] {
  assertState(state, "splitState");
  return oneOrAll(divideStates(state.entries, filters, coverageOf(state)));
}

/**
 * One State with the leaves of all; where several have the same path, the last has it.
 *
 * @throws GraphStructureError when one has a leaf where another has leaves below
 * @see flax.nnx.merge_state
 */
export function mergeState<Leaf extends StateLeaf>(
  state: State<Leaf>,
  ...states: readonly State<Leaf>[]
): State<Leaf> {
  const all = [state, ...states];
  for (const one of all) assertState(one, "mergeState");
  const entries = all.flatMap((one) => one.entries);
  const merged = new State<Leaf>(new Map(entries.map((entry) => [JSON.stringify(entry[0]), entry])).values());
  return cover(merged, union(all));
}

/**
 * A State with `f(path, leaf)` at the path of each leaf. What `f` makes belongs to the caller: dispose of the result,
 * or run inside `tf.tidy`; a leaf that `f` hands back is still the one of `state`.
 *
 * ```ts
 * const squares = tf.tidy(() => mapState((_path, gradient) => tf.square(gradient.value), grads));
 * ```
 *
 * @see flax.nnx.map_state
 */
export function mapState<Leaf extends StateLeaf, Result extends StateLeaf>(
  f: (path: Path, leaf: Leaf) => Result,
  state: State<Leaf>,
): State<Result> {
  assertFunction(f, "mapState", "mapState((path, leaf) => tf.neg(leaf.value), state)");
  assertState(state, "mapState");
  const mapped = new State<Result>(state.entries.map(([path, leaf]) => [path, f(path, leaf)]));
  return cover(mapped, coverageOf(state));
}
