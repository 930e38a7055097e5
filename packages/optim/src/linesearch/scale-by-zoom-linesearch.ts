/** @file Steps by the zoom line search. */
import { assertInRange, assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { valueAndGradient } from "../transform/differentiate.ts";
import { zerosLike } from "../transform/filled.ts";
import { requireFunction, requireParams } from "../transform/required.ts";
import { addScaled, dot, scaled } from "../transform/tree-math.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { readNumber } from "./read.ts";
import { zoomSearch } from "./zoom-search.ts";
import { NOT_NEGATIVE, orNull, POSITIVE, WHOLE } from "../ranges.ts";

/**
 * What the search leaves: the step size, the loss and its gradients after the step, and how it went.
 */
export type ZoomLinesearchState = {
  readonly learningRate: tf.Tensor;
  readonly value: tf.Tensor;
  readonly grad: Tree;
  readonly info: {
    readonly numLinesearchSteps: tf.Tensor;
    readonly decreaseError: tf.Tensor;
    readonly curvatureError: tf.Tensor;
  };
};

/** Options of {@link scaleByZoomLinesearch}. */
export interface ScaleByZoomLinesearchOptions {
  /** The largest step. Default: none. */
  maxLearningRate?: number | null | undefined;
  /** How far the conditions may be missed. Default 0. */
  tol?: number | undefined;
  /** How fast steps grow until a minimum lies between two. Default 2. */
  increaseFactor?: number | undefined;
  /** The share of the decrease that the slope foretells which is enough. Default 1e-4. */
  slopeRtol?: number | undefined;
  /** The share of the slope that may be left. Default 0.9. */
  curvRtol?: number | undefined;
  /** How much the loss may grow, as a share, where rounding hides the decrease; `null` for none. Default 1e-6. */
  approxDecRtol?: number | null | undefined;
  /** The least interval. Default 1e-5. */
  stepsizePrecision?: number | undefined;
  /** The first step tried: 1, or the last one taken. Default `"keep"`. */
  initialGuessStrategy?: "one" | "keep" | undefined;
}

/**
 * Updates times a step size that meets the strong Wolfe conditions: the loss decreases, and so does its slope.
 *
 * It reads the loss back, so it runs eagerly, on backends that read at once: not under `jit`, and not on webgpu.
 *
 * @param maxLinesearchSteps how often the loss is tried at most
 * @throws MissingArgumentError by `update` without `params`, the loss, its gradients and its function: `{ value, grad,
 *   valueFn }`; InvalidArgumentError where values cannot be read
 * @see optax.scale_by_zoom_linesearch; Nocedal and Wright, Numerical optimization, 1999, algorithms 3.5 and 3.6
 */
export function scaleByZoomLinesearch(
  maxLinesearchSteps: number,
  options: ScaleByZoomLinesearchOptions = {},
): GradientTransformation<ZoomLinesearchState> {
  assertOptions(options, "scaleByZoomLinesearch", {
    maxLearningRate: orNull(NOT_NEGATIVE),
    tol: NOT_NEGATIVE,
    increaseFactor: POSITIVE,
    slopeRtol: NOT_NEGATIVE,
    curvRtol: NOT_NEGATIVE,
    approxDecRtol: true,
    stepsizePrecision: NOT_NEGATIVE,
    initialGuessStrategy: true,
  });
  assertInRange(maxLinesearchSteps, WHOLE, "maxLinesearchSteps", CALLER);
  assertOptions(options, CALLER);
  const { maxLearningRate, tol = 0, increaseFactor = 2, slopeRtol = 1e-4, curvRtol = 0.9 } = options;
  const { approxDecRtol = 1e-6, stepsizePrecision = 1e-5, initialGuessStrategy = "keep" } = options;
  assertStrategy(initialGuessStrategy);
  const search = {
    maxSteps: maxLinesearchSteps,
    maxStepsize: maxLearningRate ?? undefined,
    tol,
    increaseFactor,
    slopeRtol,
    curvRtol,
    approxDecRtol: approxDecRtol ?? undefined,
    intervalThreshold: stepsizePrecision,
  };
  const transformation: GradientTransformation<ZoomLinesearchState> = {
    init: (params) => ({
      learningRate: tf.scalar(1),
      value: tf.scalar(Infinity),
      grad: zerosLike(params),
      info: {
        numLinesearchSteps: tf.scalar(0, "int32"),
        decreaseError: tf.scalar(Infinity),
        curvatureError: tf.scalar(Infinity),
      },
    }),
    update(updates, state, given, args) {
      const params = requireParams(given, CALLER);
      const { value, grad, valueFn } = requireFunction(args, CALLER);
      const evaluate = (stepsize: number) => {
        const tried = tidied(() => {
          const [loss, gradient] = valueAndGradient(valueFn, addScaled(params, tf.scalar(stepsize), updates));
          return { loss, gradient, slope: dot(gradient, updates) };
        });
        return {
          value: readNumber(tried.loss, CALLER),
          slope: readNumber(tried.slope, CALLER),
          grad: tried.gradient,
        };
      };
      const start = {
        value: readNumber(value, CALLER),
        slope: readNumber(dot(updates, grad), CALLER),
        grad,
      };
      const guess = initialGuessStrategy === "one" ? 1 : readNumber(state.learningRate, CALLER);
      const found = zoomSearch(evaluate, start, guess, search);
      return [
        scaled(tf.scalar(found.stepsize), updates),
        {
          learningRate: tf.scalar(found.stepsize),
          value: tf.scalar(found.value),
          grad: found.grad,
          info: {
            numLinesearchSteps: tf.scalar(found.count, "int32"),
            decreaseError: tf.scalar(found.decreaseError),
            curvatureError: tf.scalar(found.curvatureError),
          },
        },
      ];
    },
  };
  return madeBy(transformation, scaleByZoomLinesearch, [...Object.values(search), initialGuessStrategy]);
}

const CALLER = "scaleByZoomLinesearch";

function assertStrategy(strategy: string): void {
  if (strategy === "one" || strategy === "keep") return;
  throw new InvalidArgumentError(
    `${CALLER}: expected initialGuessStrategy to be "one" or "keep", got ${JSON.stringify(strategy)}.`,
  );
}

/** What `fn` gives, without its intermediate tensors. */
function tidied<T>(fn: () => T): T {
  // Trees may be read-only, which the type of containers is not.
  return tf.tidy(fn as unknown as () => tf.Tensor) as unknown as T;
}
