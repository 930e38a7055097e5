/** @file Transformations that are at work in some steps only. */
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertFunction, assertOptions } from "../checked-arguments.ts";
import {
  assertTransformation,
  type GradientTransformation,
  type UpdateArguments,
} from "../transformation.ts";
import { copyOf } from "../transform/scale-by-schedule.ts";
import type { Tree } from "../tree.ts";
import { asCondition, selectTree, zerosLikeTree } from "./select.ts";

/**
 * Whether a step is one of those: a bool scalar tensor that is computed from the number of updates before (int32
 * `[]`), or a boolean that does not depend on it.
 */
export type ConditionFn = (step: tf.Scalar, args: UpdateArguments) => tf.Tensor | boolean;

/** The state of {@link conditionallyTransform} and {@link conditionallyMask}. */
export type ConditionalState<S extends Tree = Tree> = {
  readonly innerState: S;
  /** The number of updates so far: int32 `[]`. */
  readonly step: tf.Tensor;
};

/** Options of {@link conditionallyTransform} and {@link conditionallyMask}. */
export interface ConditionalOptions {
  /** Whether the condition gets what `update` is told beside the gradients. Default `false`. */
  forwardExtraArgs?: boolean | undefined;
}

/**
 * `inner` where the condition holds; elsewhere the updates pass as they are, and its state stays.
 *
 * ```ts
 * conditionallyTransform(clipByGlobalNorm(1), (step) => tf.less(step, 1000));
 * ```
 *
 * @see optax.conditionally_transform
 */
export function conditionallyTransform<S extends Tree>(
  inner: GradientTransformation<S>,
  shouldTransformFn: ConditionFn,
  options: ConditionalOptions = {},
): GradientTransformation<ConditionalState<S>> {
  assertOptions(options, "conditionallyTransform", { forwardExtraArgs: true });
  return conditional(conditionallyTransform, inner, shouldTransformFn, options, (updates) => updates);
}

/**
 * `inner` where the condition holds; elsewhere the updates are zeros, and its state stays.
 *
 * @see optax.conditionally_mask
 */
export function conditionallyMask<S extends Tree>(
  inner: GradientTransformation<S>,
  shouldTransformFn: ConditionFn,
  options: ConditionalOptions = {},
): GradientTransformation<ConditionalState<S>> {
  assertOptions(options, "conditionallyMask", { forwardExtraArgs: true });
  return conditional(conditionallyMask, inner, shouldTransformFn, options, zerosLikeTree);
}

function conditional<S extends Tree>(
  maker: { readonly name: string },
  inner: GradientTransformation<S>,
  shouldTransformFn: ConditionFn,
  options: ConditionalOptions,
  otherwise: (updates: Tree) => Tree,
): GradientTransformation<ConditionalState<S>> {
  const example = `${maker.name}(clip(1), (step) => tf.less(step, 1000))`;
  assertTransformation(inner, maker.name, example);
  assertFunction(shouldTransformFn, maker.name, example);
  assertOptions(options, maker.name);
  const { forwardExtraArgs = false } = options;
  const transformation: GradientTransformation<ConditionalState<S>> = {
    init: (params) => ({ innerState: inner.init(params), step: tf.scalar(0, "int32") }),
    update(updates, state, params, args = {}) {
      const holds = shouldTransformFn(copyOf(state.step), forwardExtraArgs ? args : {});
      const condition = asCondition(holds, maker.name, example);
      const [changed, innerState] = inner.update(updates, state.innerState, params, args);
      return [
        selectTree(condition, changed, otherwise(updates)),
        {
          innerState: selectTree(condition, innerState, state.innerState),
          step: random.increment(state.step),
        },
      ];
    },
  };
  return madeBy(transformation, maker, [inner, shouldTransformFn, forwardExtraArgs]);
}
