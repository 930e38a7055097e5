/** @file A selection: the parts of a model that filters chose, and what can be done with them. */
import { describeFilter } from "../graph/filter-names.ts";
import { HOLDS_OTHERS } from "../graph/holds-others.ts";
import type { Filter, Selected } from "../graph/filters.ts";
import type { Path } from "../graph/kinds.ts";
import { type Located, matching } from "../graph/matching.ts";
import { setFrozen } from "./freeze.ts";
import type { Part } from "./parts.ts";
import { nothingSelected, wrongCount } from "./selection-errors.ts";
import { assertFunction } from "../function-argument.ts";
import { mapParts, removeParts, setParts } from "./surgery.ts";

/** The parts that a filter selects, as a type. */
export type PartOf<F> = unknown extends Selected<F> ? Part : Selected<F>;

/** The parts of type `V` that a filter selects, as a type. */
export type NarrowedPart<V, F> =
  unknown extends Selected<F> ? V : Part extends V ? Selected<F> : V & Selected<F>;

/**
 * Parts of a model, as it was when they were selected. Made by `select(model).where(filter)`.
 *
 * `M` is the type of the model, `V` that of the parts.
 */
export class Selection<M extends object, V = Part> {
  static readonly name: string = "Selection";
  /** What the parts were selected from. */
  readonly model: M;
  private readonly parts: readonly Located<Part>[];
  private readonly filters: readonly Filter[];
  private readonly text: string;

  /**
   * @param parts the parts with their first paths, sorted
   * @param filters what they were selected by
   * @param text how that is written
   */
  constructor(model: M, parts: readonly Located<Part>[], filters: readonly Filter[], text: string) {
    this.model = model;
    this.parts = parts;
    this.filters = filters;
    this.text = text;
  }

  /** @internal What it holds is part of a model elsewhere, or of none. */
  get [HOLDS_OTHERS](): true {
    return true;
  }

  /** The number of parts; what is shared counts once. */
  get count(): number {
    return this.parts.length;
  }

  /**
   * Checks the number of parts, so that a changed model is noticed where the surgery is; answers this selection.
   *
   * @throws SelectionError that lists what is selected
   */
  assertCount(count: number): this {
    if (this.count !== count) throw wrongCount(this.model, this.text, this.parts, count);
    return this;
  }

  /** The first path of each part, sorted; `[]` is the model itself. */
  paths(): Path[] {
    return this.parts.map(([path]) => path);
  }

  /** The parts themselves, in the order of their paths; those of the model, no copies. */
  get(): V[] {
    // The filters said that the parts are of type V.
    return this.parts.map(([, part]) => part as V);
  }

  /** Those of the parts that `filter` selects too. */
  where<const F extends Filter>(filter: F): Selection<M, NarrowedPart<V, F>> {
    const parts = matching(this.model, this.parts, filter);
    return new Selection(
      this.model,
      parts,
      [...this.filters, filter],
      `${this.text}.where(${describeFilter(filter)})`,
    );
  }

  /**
   * A new model with `value` in place of each part, everywhere where it stands; parts inside of parts go with them.
   * The new model shares the other Variables with this one, which does not change.
   *
   * A tensor in place of a Variable is copied into a new Variable of the same class and metadata; it stays the
   * caller's. To write into the Variables that all views share, set their values: `for (const bias of
   * selection.get()) bias.value = …`.
   *
   * The result has the type of the model; give the type parameter `R` where it changes.
   *
   * @throws SelectionError when nothing is selected; UncopyableNodeError
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows what the model becomes
  set<R = M>(value: unknown): R {
    // The type of the new model is the caller's word.
    return setParts(this.model, this.selected("set"), value) as R;
  }

  /**
   * A new model with what `f` makes of each part in its place; parts inside of parts first. Parts that `f` gets are
   * copies, which may be changed, but Variables and tensors are the model's own. What `f` gives is not looked into
   * again, so it may contain what it replaces; sharing is kept. The new model shares the other Variables with this
   * one, which does not change.
   *
   * A tensor in place of a Variable becomes the value of a new Variable of the same class and metadata, which owns it.
   *
   * ```ts
   * const wrapped = select(model).where(Linear).map((linear) => new Noisy(linear));
   * const halved = select(model).where(Param).map((param) => tf.div(param.value, 2));
   * ```
   *
   * The result has the type of the model; give the type parameter `R` where it changes.
   *
   * @throws SelectionError when nothing is selected; InvalidArgumentError when `f` returns undefined;
   *   UncopyableNodeError
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows what the model becomes
  map<R = M>(f: (part: V, path: Path) => unknown): R {
    assertFunction(f, "map", "select(model).where(Linear).map((part, path) => part)");
    // The filters said that the parts are of type V, and the type of the new model is the caller's word.
    return mapParts(this.model, this.selected("map"), (part, path) => f(part as V, path)) as R;
  }

  /**
   * A new model without the parts: attributes are deleted, and in arrays and Lists what follows moves up. The new
   * model shares the other Variables with this one, which does not change and still owns those that were taken out.
   *
   * The result has the type of the model; give the type parameter `R` where it changes.
   *
   * @throws SelectionError when nothing is selected, or the model itself is; UncopyableNodeError
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows what the model becomes
  remove<R = M>(): R {
    // The type of the new model is the caller's word.
    return removeParts(this.model, this.selected("remove"), this.text) as R;
  }

  /**
   * Keeps the Variables in the parts from being trained, in place and so for all views: `grad` and `Optimizer` leave
   * them out, whatever their filter, and nothing is computed for their gradients. A BatchNorm whose statistics or
   * parameters are all frozen uses its running statistics, whatever its mode. Random streams go on.
   *
   * @returns the model
   * @throws SelectionError when nothing is selected, no Variable is in the parts, or the model itself is selected
   *   beside some of its Variables (by `Not(LoRAParam)`, say, where `All(Param, Not(LoRAParam))` is meant)
   */
  freeze(): M {
    setFrozen(this.selected("freeze"), true, this.text);
    return this.model;
  }

  /** Undoes {@link freeze} for the Variables in the parts. An `Optimizer` made before does not train them. */
  unfreeze(): M {
    setFrozen(this.selected("unfreeze"), false, this.text);
    return this.model;
  }

  private selected(purpose: string): readonly Located<Part>[] {
    if (this.count === 0) throw nothingSelected(this.model, this.filters, this.text, purpose);
    return this.parts;
  }
}
