/** @file `view`: a model in other modes, over the same weights. */
import { atBoundary, clone, type Pytree } from "@nnx-js/nn";
import { correspondence } from "./correspond.ts";
import type { ModesOf, OpenModes } from "./modes-of.ts";
import { planModes } from "./plan-modes.ts";
import { assertModel, assertNamed, type SelectOptions } from "./select.ts";

/**
 * A view of `model`: new modules of the same structure that share every Variable with it and are in the given
 * modes. The original is not changed; training through one view is seen by all.
 *
 * ```ts
 * const trainModel = view(model, { deterministic: false, useRunningAverage: false });
 * const evalModel = view(model, { deterministic: true, useRunningAverage: true });
 * ```
 *
 * `setView` is called on each module that has one, children first, with those of the given modes that its class
 * declares in `viewOptions`. A mode that is not given, or is `undefined`, stays as it is; `null` resets it to the
 * declared default. Names and values are checked before any `setView` runs.
 *
 * The modes that the type of `model` has are the ones that compile; a `Module` of unknown class anywhere in it
 * leaves the check to run time. See {@link ModesOf}.
 *
 * @param modes the modes to set; without any, the view is a copy whose every `setView` got `{}`
 * @param options `only` selects the modules that are changed; `raiseIfNotFound: false` ignores modes that the model
 *   lacks
 * @throws UnknownModeError for a mode that no selected module has; it lists what there is and the near miss
 * @throws ModeTypeError for a value of the wrong type, naming the module, and for a `null` without a default
 * @throws UncopyableNodeError for a module with `#private` members or arrow-function methods
 * @see flax.nnx.view
 */
export function view<T extends object>(model: T, modes?: ModesOf<NoInfer<T>>, options?: SelectOptions): T;
export function view<T extends object>(
  model: T,
  modes: OpenModes,
  options: SelectOptions & { raiseIfNotFound: false },
): T;
export function view<T extends object>(model: T, modes: OpenModes = {}, options: SelectOptions = {}): T {
  assertModel("view", model);
  assertNamed("view", "{ deterministic: true }", modes);
  const calls = planModes(model, modes, options);
  const copy = clone(model, { variables: false });
  const copies = correspondence(model, copy);
  atBoundary([copy], () => {
    // The copy of a node is a node.
    for (const { node, setView, modes: own } of calls) setView.call(copies.get(node) as Pytree, own);
  });
  return copy;
}
