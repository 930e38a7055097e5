/** @file `select`: finds parts of a model, to look at them, replace them, take them out or freeze them. */
import { classNameOf } from "../class-name.ts";
import { InvalidArgumentError } from "../errors.ts";
import { describeFilter } from "../graph/filter-names.ts";
import type { Filter } from "../graph/filters.ts";
import { kindOf } from "../graph/kinds.ts";
import { matching } from "../graph/matching.ts";
import { partsOf } from "./parts.ts";
import { type PartOf, Selection } from "./selection.ts";

/** What {@link select} gives. */
export interface Selector<M extends object> {
  /**
   * The parts that `filter` selects: modules and other nodes, Variables and plain tensors; each once, under its first
   * path. It is asked with path and part, for all paths of what has several.
   */
  where<const F extends Filter>(filter: F): Selection<M, PartOf<F>>;
}

/**
 * Begins a selection of parts of `model`, which may also be an array or object of modules.
 *
 * ```ts
 * const linears = select(model).where(Linear); // typed: linears.get() are Linears
 * linears.assertCount(2).paths(); // [["layers", 0], ["layers", 2]]
 * const adapted = select(model).where(All(Linear, PathContains("head"))).map((linear) => new Adapter(linear));
 * select(model).where(PathContains("backbone")).freeze();
 * ```
 *
 * `set`, `map` and `remove` give a new model that shares the Variables of the old one, which does not change, as
 * `recursiveMap` does; `freeze` and `unfreeze` mark the Variables themselves. All of these throw when nothing is
 * selected; `count`, `paths` and `get` do not.
 *
 * @throws InvalidArgumentError when `model` has no parts
 */
export function select<M extends object>(model: M): Selector<M> {
  const kind = kindOf(model);
  if (kind === "static" || kind === "tensor") {
    throw new InvalidArgumentError(
      `select: expected a Module, or an array or object of Modules, got ${describe(model)}. Write select(model).where(Linear).`,
    );
  }
  return {
    where<const F extends Filter>(filter: F) {
      const parts = matching(model, partsOf(model), filter);
      // What the filter selects has the type that it says.
      return new Selection(
        model,
        parts,
        [filter],
        `where(${describeFilter(filter)})`,
      ) as unknown as Selection<M, PartOf<F>>;
    },
  };
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? classNameOf(value) : String(value);
}
