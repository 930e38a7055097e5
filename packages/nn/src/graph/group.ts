/** @file Sorts leaves by filters. */
import { GraphStructureError } from "../errors.ts";
import { type Coverage, cover, part } from "./coverage.ts";
import { type Filter, isEverything, type Selected, toPredicate } from "./filters.ts";
import { formatPath } from "./kinds.ts";
import { State, type StateEntry, type StateLeaf } from "./state.ts";

/** The type of the leaves that a filter selects, as far as it is known. */
export type LeafOf<F, Leaf extends StateLeaf = StateLeaf> = [Extract<Selected<F>, StateLeaf>] extends [never]
  ? Leaf
  : Extract<Selected<F>, StateLeaf>;

/** One State for each filter. */
export type StatesOf<F extends readonly Filter[], Leaf extends StateLeaf = StateLeaf> = {
  -readonly [K in keyof F]: State<LeafOf<F[K], Leaf>>;
};

/** Sorts leaves into one group a filter, the first that selects wins; the last group is what none selects. */
function group(entries: readonly StateEntry[], filters: readonly Filter[]): StateEntry[][] {
  const early = filters.findIndex((filter, i) => isEverything(filter) && i < filters.length - 1);
  if (early >= 0) {
    throw new GraphStructureError(
      `\`true\` selects everything: it can only be the last filter, got it at index ${early}. Move it to the end.`,
    );
  }
  const predicates = filters.map(toPredicate);
  const groups: StateEntry[][] = Array.from({ length: filters.length + 1 }, () => []);
  for (const entry of entries) {
    const chosen = predicates.findIndex((predicate) => predicate(...entry));
    groups[chosen < 0 ? filters.length : chosen]!.push(entry);
  }
  return groups;
}

/** What each filter selects of the leaves, which stand for `outer`; the rest is left out. */
export function selectStates(
  entries: readonly StateEntry[],
  filters: readonly Filter[],
  outer: Coverage,
): State[] {
  return group(entries, filters)
    .slice(0, -1)
    .map((selected, i) => cover(new State(selected), part(outer, filters, i)));
}

/** As {@link selectStates}. @throws GraphStructureError when something is left over */
export function divideStates(
  entries: readonly StateEntry[],
  filters: readonly Filter[],
  outer: Coverage,
): State[] {
  const groups = group(entries, filters);
  const rest = groups.pop()!;
  if (rest.length > 0) {
    throw new GraphStructureError(
      `Non-exhaustive filters: nothing selects ${rest.map(([path]) => formatPath(path)).join(", ")}. ` +
        `Use \`true\` as the last filter to take all that is left.`,
    );
  }
  return groups.map((selected, i) => cover(new State(selected), part(outer, filters, i)));
}

/** As the functions with filters answer: one State by itself, several as an array. */
export function oneOrAll(states: State[]): State | State[] {
  return states.length === 1 ? states[0]! : states;
}
