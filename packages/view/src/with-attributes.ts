/** @file `withAttributes`: a copy of a model with other values for attributes that its modules have. */
import { clone, iterModules, type Module, planAttributes } from "@nnx-js/nn";
import { correspondence } from "./correspond.ts";
import { assertModel, assertNamed, select, type SelectOptions } from "./select.ts";

/**
 * A copy of `model` that shares its Variables and in which every selected Module that has one of `attributes` has
 * it set to the given value. No attribute is created; nothing but Modules is changed. It is for modules without a
 * `setView`; where there is one, `view` is the better choice.
 *
 * ```ts
 * const training = withAttributes(model, { training: true }, { only: NoisyLinear });
 * ```
 *
 * Inherited attributes and accessors count; setters run, on the copy.
 *
 * @throws UnknownAttributeError for a name that no selected Module has, unless `raiseIfNotFound` is `false`; and
 *   for one that can only be read
 * @throws UncopyableNodeError for a module with `#private` members or arrow-function methods
 * @see flax.nnx.with_attributes
 */
export function withAttributes<T extends object>(
  model: T,
  attributes: Readonly<Record<string, unknown>>,
  { only, raiseIfNotFound = true }: SelectOptions = {},
): T {
  assertModel("withAttributes", model);
  assertNamed("withAttributes", "{ training: true }", attributes);
  const modules = select(model, [...iterModules(model)], only);
  const writes = planAttributes("withAttributes", modules, attributes, raiseIfNotFound);
  const copy = clone(model, { variables: false });
  const copies = correspondence(model, copy);
  for (const [module, name, value] of writes) Reflect.set(copies.get(module) as Module, name, value);
  return copy;
}
