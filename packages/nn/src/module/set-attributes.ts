/** @file In-place changes of the attributes of all modules in a model. */
import { InvalidArgumentError } from "../errors.ts";
import { Any, type Filter } from "../graph/filters.ts";
import { iterModules } from "../graph/iterate.ts";
import { isContainer } from "../graph/kinds.ts";
import { matching } from "../graph/matching.ts";
import { type Attributes, planAttributes } from "./attributes.ts";
import type { Module } from "./module.ts";

/** Options of `setAttributes`. */
export interface SetAttributesOptions {
  /** Whether a name that no selected module has is an error. Default `true`. */
  raiseIfNotFound?: boolean | undefined;
}

/** What `setAttributes` takes: filters, then the attributes, then options. */
export type SetAttributesArgs =
  | readonly [...filters: Filter[], attributes: Attributes]
  | readonly [...filters: Filter[], attributes: Attributes, options: SetAttributesOptions];

/** Sets attributes of the modules in `root` that any of the filters selects; all modules without a filter. */
export function setAttributes(root: Module, args: SetAttributesArgs): void {
  const objects = args.findIndex((arg) => isContainer(arg) && !Array.isArray(arg));
  // What stands before the first object are filters, as the type has it.
  const filters = args.slice(0, Math.max(objects, 0)) as Filter[];
  const [attributes, options = {}, ...others] = args.slice(objects) as [Attributes, SetAttributesOptions?];
  if (objects < 0 || others.length > 0) {
    throw new InvalidArgumentError(
      "setAttributes: expected filters, then an object of attributes, then options. " +
        "Write model.setAttributes(Dropout, { deterministic: true }, { raiseIfNotFound: false }).",
      root,
    );
  }
  const modules = matching(root, [...iterModules(root)], filters.length === 0 ? true : Any(...filters));
  const writes = planAttributes("setAttributes", modules, attributes, options.raiseIfNotFound ?? true);
  for (const [module, name, value] of writes) Reflect.set(module, name, value);
}
