/** @file Which leaves of a node a State stands for, so that a part that was meant is told from one that lacks something. */
import { named } from "./filter-names.ts";
import { All, Any, Everything, type Filter, Not, type Predicate, toPredicate } from "./filters.ts";
import { formatPath, isVariable, type Path } from "./kinds.ts";
import type { State, StateLeaf } from "./state.ts";

/** What a State stands for. */
export interface Coverage {
  /** Whether a State that is whole has the leaf that stands at `path`; it says how it was made of filters. */
  readonly selects: Predicate;
  /** Whether, of those, it has only leaves of its own kinds: classes of Variables, and plain tensors. */
  readonly ofKinds?: boolean;
  /** Whether its leaves were taken out of a node by `pop`, so that they may be put where there is nothing. */
  readonly popped?: boolean;
}

const everything = Everything();

/** All that a node has. */
export const WHOLE: Coverage = { selects: everything };

/** What States that were made by hand stand for, and dictionaries. */
export const BY_HAND: Coverage = { selects: everything, ofKinds: true };

/** What `pop` selects from. */
export const POPPED: Coverage = { selects: everything, popped: true };

/** Beside the States, so that these have no more properties than their leaves. */
const coverages = new WeakMap<State, Coverage>();

/** What `state` stands for. */
export function coverageOf(state: State): Coverage {
  return coverages.get(state) ?? BY_HAND;
}

/** Lets `state` stand for `coverage`; answers it. */
export function cover<S extends State>(state: S, coverage: Coverage): S {
  coverages.set(state, coverage);
  return state;
}

/** Of `outer` what `own` selects. */
export function narrowed(outer: Coverage, own: Predicate): Coverage {
  return { ...outer, selects: outer.selects === everything ? own : All(outer.selects, own) };
}

/** Of `outer` what the filter at `index` selects and none before it does. */
export function part(outer: Coverage, filters: readonly Filter[], index: number): Coverage {
  const earlier = filters.slice(0, index);
  const own = toPredicate(filters[index]!);
  return narrowed(outer, earlier.length === 0 ? own : All(own, Not(Any(...earlier))));
}

/** What any of `states` stands for. */
export function union(states: readonly State[]): Coverage {
  const all = states.map(coverageOf);
  return {
    selects: Any(...all.map(({ selects }) => selects)),
    ofKinds: all.some(({ ofKinds }) => ofKinds === true),
    popped: all.some(({ popped }) => popped === true),
  };
}

/** `coverage` without what stands at or below `path`. */
export function without(coverage: Coverage, path: Path): Coverage {
  return narrowed(coverage, Not(Below(path.map(String))));
}

function Below(path: readonly string[]): Predicate {
  const isBelow: Predicate = (other) => path.every((key, depth) => key === String(other[depth]));
  return named(isBelow, `Below(${formatPath(path)})`, Below, path);
}

/** What has to be written, when a source that stands for `coverage` is written to the leaves `targets` of a node. */
export function demandOf({ selects, ofKinds }: Coverage, targets: readonly StateLeaf[]): Predicate {
  if (!ofKinds) return selects;
  const kinds = new Set(targets.map(kindOfLeaf));
  return (path, leaf) => kinds.has(kindOfLeaf(leaf as StateLeaf)) && selects(path, leaf);
}

function kindOfLeaf(leaf: StateLeaf): unknown {
  return isVariable(leaf) ? leaf.constructor : "tensor";
}
