/** @file Which Variables of a model carry an axis. */
import { InvalidArgumentError } from "../errors.ts";
import { describeFilter } from "../graph/filter-names.ts";
import { type Filter, type Predicate, toPredicate } from "../graph/filters.ts";
import { formatPath, type Path } from "../graph/kinds.ts";

/**
 * The axis of each Variable of a model, by the first filter that selects it.
 *
 * ```ts
 * // Weights and random streams of each lane; one set of batch statistics for all.
 * new StateAxes([[[Param, RngState], 0], [BatchStat, null]]);
 * new StateAxes([[Param, 0], [true, null]]); // `true` is everything else: Flax's `...`
 * ```
 *
 * @typeParam A what stands for a filter: an axis, or null for Variables that have none
 * @see flax.nnx.StateAxes
 */
export class StateAxes<A = number | null> {
  static readonly name: string = "StateAxes";
  /** As they were given. */
  readonly entries: readonly (readonly [filter: Filter, axis: A])[];
  private readonly predicates: readonly Predicate[];

  /** @throws InvalidArgumentError for what is no list of pairs */
  constructor(entries: Iterable<readonly [filter: Filter, axis: A]>) {
    // Callers without types may give an object.
    const given = Symbol.iterator in Object(entries) ? [...entries] : undefined;
    if (!given?.every((entry) => Array.isArray(entry) && entry.length === 2)) {
      throw new InvalidArgumentError(
        "StateAxes: expected pairs of a filter and an axis. Write new StateAxes([[Param, 0], [true, null]]).",
      );
    }
    this.entries = given;
    this.predicates = given.map(([filter]) => toPredicate(filter));
  }

  /**
   * The axis of what stands at `path`.
   *
   * @throws InvalidArgumentError when no filter selects it
   */
  axisOf(path: Path, value: unknown): A {
    const index = this.predicates.findIndex((selects) => selects(path, value));
    if (index >= 0) return this.entries[index]![1];
    const filters = this.entries.map(([filter]) => describeFilter(filter)).join(", ");
    throw new InvalidArgumentError(
      `StateAxes: expected a filter for each Variable, found none for ${formatPath(path)}. There are: ` +
        `${filters || "none"}. Add [true, null] at the end for all that have no axis.`,
    );
  }
}
