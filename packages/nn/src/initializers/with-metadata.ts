/** @file Initialisers whose Variables have metadata. */
import { madeBy } from "../graph/made-by.ts";
import { attachMetadata } from "../variable/initial-metadata.ts";
import type { VariableMetadata } from "../variable/variable.ts";
import type { Initializer } from "./initializer.ts";

/**
 * An initialiser like `initializer`: the Variable that a layer makes from its value gets `metadata` beside its own.
 *
 * ```ts
 * const layer = new Linear(2, 3, { rngs, kernelInit: withMetadata(initializers.lecunNormal(), { tag: "head" }) });
 * layer.kernel.metadata; // { tag: "head" }
 * state(layer, "head").size; // 1
 * ```
 *
 * @see flax.nnx.with_metadata
 */
export function withMetadata(initializer: Initializer, metadata: VariableMetadata): Initializer {
  const copy = Object.freeze({ ...metadata });
  const init: Initializer = (key, shape) => {
    const value = initializer(key, shape);
    attachMetadata(value, copy);
    return value;
  };
  return madeBy(init, withMetadata, [initializer, copy]);
}
