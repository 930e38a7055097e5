/** @file Transformations of a part of the parameters. */
import { madeBy } from "@nnx-js/nn";
import { assertTransformation, type GradientTransformation } from "../transformation.ts";
import { frozenMask, type Mask, masking, type MaskTree, unmasking } from "../transform/mask.ts";
import { setToZero } from "../transform/set-to-zero.ts";
import type { EmptyState } from "../transformation.ts";
import type { Tree } from "../tree.ts";

/** The state of {@link masked}: that of the inner transformation, without tensors for what is masked out. */
export type MaskedState<S extends Tree = Tree> = { readonly innerState: S };

/**
 * `inner` for the parameters that `mask` selects; the updates of all others pass as they are.
 *
 * The inner transformation sees an empty object in place of what is masked out, and keeps nothing for it.
 *
 * ```ts
 * masked(clip(0.1), (params) => treeMapWithPath((path) => path.at(-1) === "bias", params));
 * ```
 *
 * @param mask a tree of booleans, of which one may stand for a whole subtree, or a function from the parameters (in
 *   `update`, from the updates) to one
 * @throws GraphStructureError when the mask says nothing about a parameter
 * @see optax.masked
 */
export function masked<S extends Tree>(
  inner: GradientTransformation<S>,
  mask: Mask,
): GradientTransformation<MaskedState<S>> {
  assertTransformation(inner, "masked");
  const fixed = frozenMask(mask);
  const maskOf = (tree: Tree): MaskTree => (typeof fixed === "function" ? fixed(tree) : fixed);
  const transformation: GradientTransformation<MaskedState<S>> = {
    init: (params) => ({ innerState: inner.init(masking(params, maskOf(params))) }),
    update(updates, { innerState }, params, args) {
      const chosen = maskOf(updates);
      const [changed, next] = inner.update(
        masking(updates, chosen),
        innerState,
        params && masking(params, chosen),
        args,
      );
      return [unmasking(updates, changed, chosen), { innerState: next }];
    },
  };
  return madeBy(transformation, masked, [inner, fixed]);
}

/**
 * Zeros for the updates of the parameters that `mask` selects, which so stay what they are; it comes last in a chain.
 * What is also spared the work, `partition` with `setToZero()` leaves out; `select(model).freeze()` marks Variables.
 *
 * @see optax.freeze
 */
export function freeze(mask: Mask): GradientTransformation<MaskedState<EmptyState>> {
  return masked(setToZero(), mask);
}
