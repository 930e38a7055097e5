/** @file Which part of which argument a gradient is taken for. */
import type { Filter } from "../graph/filters.ts";

/**
 * Selects the Variables of argument `argnum` by `filter`, instead of all `Param`s.
 *
 * ```ts
 * grad(loss, { argnums: new DiffState(0, LoRAParam) });
 * ```
 *
 * @see flax.nnx.DiffState
 */
export class DiffState {
  static readonly name: string = "DiffState";
  readonly argnum: number;
  readonly filter: Filter;

  constructor(argnum: number, filter: Filter) {
    this.argnum = argnum;
    this.filter = filter;
  }
}
