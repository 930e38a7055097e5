/** @file Steps by backtracking. */
import { assertInRange, assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { gradientOf } from "../transform/differentiate.ts";
import { zerosLike } from "../transform/filled.ts";
import { requireFunction, requireParams } from "../transform/required.ts";
import { addScaled, dot, scaled } from "../transform/tree-math.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { readNumber } from "./read.ts";
import { NOT_NEGATIVE, POSITIVE, WHOLE } from "../ranges.ts";

/** What the search leaves: the step size, the loss after the step, its gradients if asked for, and how it went. */
export type BacktrackingLinesearchState = {
  readonly learningRate: tf.Tensor;
  readonly value: tf.Tensor;
  readonly grad?: Tree;
  readonly info: { readonly numLinesearchSteps: tf.Tensor; readonly decreaseError: tf.Tensor };
};

/** Options of {@link scaleByBacktrackingLinesearch}. */
export interface ScaleByBacktrackingLinesearchOptions {
  /** The share of the decrease that the slope foretells which is enough. Default 1e-4. */
  slopeRtol?: number | undefined;
  /** The factor of a step that was too long. Default 0.8. */
  decreaseFactor?: number | undefined;
  /** The factor of the last step that is tried first. Default 1.5. */
  increaseFactor?: number | undefined;
  /** The largest step. Default 1. */
  maxLearningRate?: number | undefined;
  /** By how much the decrease may be missed. Default 0. */
  atol?: number | undefined;
  /** By which share of the loss it may grow. Default 0. */
  rtol?: number | undefined;
  /** Whether the gradients after the step are kept, for `valueAndGradFromState`. Default `false`. */
  storeGrad?: boolean | undefined;
}

/**
 * Updates times the first step size of a falling row that decreases the loss enough (Armijo's condition); 0 where the
 * loss is not finite at any.
 *
 * It reads the loss back, so it runs eagerly, on backends that read at once: not under `jit`, and not on webgpu.
 *
 * ```ts
 * const tx = chain(sgd(1), scaleByBacktrackingLinesearch(15));
 * ```
 *
 * @param maxBacktrackingSteps how often a step is shortened at most
 * @throws MissingArgumentError by `update` without `params`, the loss, its gradients and its function: `{ value, grad,
 *   valueFn }`; InvalidArgumentError where values cannot be read
 * @see optax.scale_by_backtracking_linesearch; Vaswani et al., Painless stochastic gradient, 2019
 */
export function scaleByBacktrackingLinesearch(
  maxBacktrackingSteps: number,
  options: ScaleByBacktrackingLinesearchOptions = {},
): GradientTransformation<BacktrackingLinesearchState> {
  assertOptions(options, "scaleByBacktrackingLinesearch", {
    slopeRtol: NOT_NEGATIVE,
    decreaseFactor: POSITIVE,
    increaseFactor: POSITIVE,
    maxLearningRate: NOT_NEGATIVE,
    atol: NOT_NEGATIVE,
    rtol: NOT_NEGATIVE,
    storeGrad: true,
  });
  assertInRange(maxBacktrackingSteps, WHOLE, "maxBacktrackingSteps", CALLER);
  assertOptions(options, CALLER);
  const { slopeRtol = 1e-4, decreaseFactor = 0.8, increaseFactor = 1.5, maxLearningRate = 1 } = options;
  const { atol = 0, rtol = 0, storeGrad = false } = options;
  const transformation: GradientTransformation<BacktrackingLinesearchState> = {
    init: (params) => ({
      learningRate: tf.scalar(1),
      value: tf.scalar(Infinity),
      ...(storeGrad ? { grad: zerosLike(params) } : {}),
      info: { numLinesearchSteps: tf.scalar(0, "int32"), decreaseError: tf.scalar(Infinity) },
    }),
    update(updates, state, given, args) {
      const params = requireParams(given, CALLER);
      const { value, grad, valueFn } = requireFunction(args, CALLER);
      const before = readNumber(value, CALLER);
      const slope = readNumber(dot(updates, grad), CALLER);
      const at = (stepsize: number) => addScaled(params, tf.scalar(stepsize), updates);
      const errorOf = (loss: number, stepsize: number) => {
        const error = Math.fround(loss - (1 + rtol) * before - stepsize * slopeRtol * slope);
        return Number.isNaN(error) ? Infinity : Math.max(error, 0);
      };

      let [stepsize, loss, error, count] = [
        Math.fround(Math.min(increaseFactor * readNumber(state.learningRate, CALLER), maxLearningRate)),
        before,
        Infinity,
        0,
      ];
      for (; !(error <= atol) && count <= maxBacktrackingSteps; count++) {
        if (count > 0) stepsize = Math.fround(decreaseFactor * stepsize);
        const tried = stepsize;
        loss = readNumber(
          tf.tidy(() => valueFn(at(tried))),
          CALLER,
        );
        error = errorOf(loss, tried);
      }
      const taken = error === Infinity ? 0 : stepsize;
      return [
        scaled(tf.scalar(taken), updates),
        {
          learningRate: tf.scalar(taken),
          value: tf.scalar(loss),
          ...(storeGrad ? { grad: gradientOf(valueFn, at(stepsize)) } : {}),
          info: { numLinesearchSteps: tf.scalar(count, "int32"), decreaseError: tf.scalar(error) },
        },
      ];
    },
  };
  return madeBy(transformation, scaleByBacktrackingLinesearch, [
    maxBacktrackingSteps,
    slopeRtol,
    decreaseFactor,
    increaseFactor,
    maxLearningRate,
    atol,
    rtol,
    storeGrad,
  ]);
}

const CALLER = "scaleByBacktrackingLinesearch";
