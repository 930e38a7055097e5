/** @file What a gradient transformation is. */
import { InvalidArgumentError, madeBy, MissingArgumentError } from "@nnx-js/nn";
import { found } from "./checked-arguments.ts";
import type * as tf from "@tensorflow/tfjs-core";
import type { Tree } from "./tree.ts";

/**
 * What a caller may tell beside the gradients; each transformation takes what it knows and ignores the rest.
 *
 * @see optax.GradientTransformationExtraArgs
 */
export interface UpdateArguments {
  /** The loss at the present parameters, `[]`. */
  readonly value?: tf.Tensor | undefined;
  /** The gradients at the present parameters, before any transformation. */
  readonly grad?: Tree | undefined;
  /** The loss as a function of the parameters. */
  readonly valueFn?: ((params: Tree) => tf.Tensor) | undefined;
  /** What a transformation of one's own asks for. */
  readonly [name: string]: unknown;
}

/**
 * A pair of pure functions that turns gradients into updates: the building block of optimisers.
 *
 * Both make new tensors and dispose of none: call them inside `tf.tidy`, or let an `Optimizer` do so. What `init`
 * and `update` put into the state are tensors of their own or those they were given, never ones that they keep.
 *
 * ```ts
 * const tx = adam(1e-3);
 * let state = tx.init(params);
 * [updates, state] = tx.update(grads, state, params);
 * params = applyUpdates(params, updates);
 * ```
 *
 * @see optax.GradientTransformation
 */
export interface GradientTransformation<S extends Tree = Tree> {
  /** The state before the first update. */
  init(params: Tree): S;
  /**
   * `[updates, state]` from gradients (or the updates of a transformation before this one) and the state.
   *
   * @param params the present parameters; some transformations, such as `addDecayedWeights`, need them
   * @param args what some transformations ask for beside, such as the loss
   */
  update<T extends Tree>(updates: T, state: S, params?: Tree, args?: UpdateArguments): [updates: T, state: S];
}

/** The state of a transformation that remembers nothing. @see optax.EmptyState */
export type EmptyState = { readonly [key: string]: never };

/** A transformation without state, by what it does to the updates. @see optax.stateless */
export function stateless(
  update: <T extends Tree>(updates: T, params?: Tree) => T,
): GradientTransformation<EmptyState> {
  const transformation: GradientTransformation<EmptyState> = {
    init: () => ({}),
    update: (updates, state, params) => [update(updates, params), state],
  };
  return madeBy(transformation, stateless, [update]);
}

/** A transformation that changes nothing. @see optax.identity */
export function identity(): GradientTransformation<EmptyState> {
  return madeBy(
    stateless((updates) => updates),
    identity,
    [],
  );
}

/** @throws InvalidArgumentError for what is no transformation, on behalf of `caller` */
export function assertTransformation(
  value: unknown,
  caller: string,
  repair = `${caller}(adam(1e-3), …)`,
): asserts value is GradientTransformation {
  const isObject = typeof value === "object" && value !== null;
  if (isObject && "init" in value && "update" in value) return;
  const what = isObject && !Array.isArray(value) ? "an object" : found(value);
  throw new InvalidArgumentError(
    `${caller}: expected ${caller === "chain" ? "gradient transformations" : "a gradient transformation"}, ` +
      `got ${what}. Write ${repair}.`,
  );
}

/** @throws MissingArgumentError where `update` got no parameters, on behalf of `caller` */
export function assertParams(params: Tree | undefined, caller: string): asserts params is Tree {
  if (params !== undefined) return;
  throw new MissingArgumentError(
    `${caller}: expected the parameters, got none. Write tx.update(updates, state, params).`,
  );
}
