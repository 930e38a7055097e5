/** @file `setMetadata`: the metadata of many Variables. */
import { Variable, type VariableMetadata } from "../variable/variable.ts";
import { type Filter, toPredicate } from "./filters.ts";
import { iterVariables } from "./iterate.ts";

/** Options of {@link setMetadata}. */
export interface SetMetadataOptions {
  /** Which Variables; all of them by default. */
  only?: Filter | undefined;
}

/**
 * Adds `metadata` to that of the Variables below `node`, in place; an entry that is `undefined` is taken out.
 *
 * ```ts
 * setMetadata(model, { tag: "head" }, { only: PathContains("head") });
 * ```
 *
 * @see flax.nnx.set_metadata
 */
export function setMetadata(
  node: unknown,
  metadata: VariableMetadata,
  { only = Variable }: SetMetadataOptions = {},
): void {
  const predicate = toPredicate(only);
  for (const [path, variable] of iterVariables(node)) {
    if (predicate(path, variable)) variable.setMetadata(metadata);
  }
}
