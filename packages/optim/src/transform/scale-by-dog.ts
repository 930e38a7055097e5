/** @file Steps by the distance travelled over the gradients seen: DoG and DoWG. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { requireParams } from "./required.ts";
import { norm, scaled, squaredNorm, subtract } from "./tree-math.ts";
import { NOT_NEGATIVE, orNull } from "../ranges.ts";

/** How the first step of DoG is given: see {@link scaleByDog}. */
export type DogInitStep = readonly ["distance" | "learning_rate" | "heuristic", Hyperparameter];

/**
 * What DoG remembers: whether there was no update before (bool `[]`), the first parameters, the largest distance from
 * them and the sum of squared lengths of gradients, float32 `[]`.
 */
export type DogState = {
  readonly isInitStep: tf.Tensor;
  readonly initParams: Tree;
  readonly maxDist: tf.Tensor;
  readonly sumSqNormGrads: tf.Tensor;
};

/** Options of {@link scaleByDog}. */
export interface ScaleByDogOptions {
  /** Added inside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
}

/**
 * Updates times `d / √(G + eps)`, where d is the largest distance from the first parameters so far, and G the sum of
 * the squared lengths of all gradients.
 *
 * @param initStep where d begins: `["distance", r]` at r, `["heuristic", a]` at `a * (1 + |params|)`, or
 *   `["learning_rate", η]` for a first step of η
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.scale_by_dog; Ivgi et al., DoG is SGD's best friend, 2023
 */
export function scaleByDog(
  initStep: DogInitStep,
  options: ScaleByDogOptions = {},
): GradientTransformation<DogState> {
  assertOptions(options, "scaleByDog", { eps: NOT_NEGATIVE });
  const [kind, size] = assertInitStep(initStep);
  const { eps = 1e-8 } = options;
  const transformation: GradientTransformation<DogState> = {
    init: (params) => ({
      isInitStep: tf.scalar(true, "bool"),
      initParams: params,
      maxDist: firstDistance(kind, size, params),
      sumSqNormGrads: tf.scalar(0),
    }),
    update(updates, state, given) {
      const params = requireParams(given, "scaleByDog");
      const maxDist = tf.maximum(state.maxDist, norm(subtract(state.initParams, params)));
      const sumSqNormGrads = tf.add(state.sumSqNormGrads, squaredNorm(updates));
      const step = tf.div(maxDist, tf.sqrt(tf.add(sumSqNormGrads, eps)));
      const first = kind === "learning_rate" ? tf.where(state.isInitStep, tf.mul(size, 1), step) : step;
      return [
        scaled(first, updates),
        { isInitStep: tf.scalar(false, "bool"), initParams: state.initParams, maxDist, sumSqNormGrads },
      ];
    },
  };
  return madeBy(transformation, scaleByDog, [kind, size, eps]);
}

/**
 * What DoWG remembers: the first parameters, the weighted sum of squared lengths of gradients and the largest squared
 * distance, float32 `[]`.
 */
export type DowgState = {
  readonly initParams: Tree;
  readonly weightedSqNormGrads: tf.Tensor;
  readonly estimSqDist: tf.Tensor;
};

/** Options of {@link scaleByDowg}. */
export interface ScaleByDowgOptions {
  /** The squared distance to begin with. Default `eps`. */
  initEstimSqDist?: Hyperparameter | null | undefined;
  /** Added to the denominator. Default 1e-4. */
  eps?: Hyperparameter | undefined;
}

/**
 * Updates times `r² / (√G + eps)`, where r² is the largest squared distance from the first parameters so far, and G the
 * sum of the squared lengths of all gradients, each times the r² of its time.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.scale_by_dowg; Khaled et al., DoWG unleashed, 2023
 */
export function scaleByDowg(options: ScaleByDowgOptions = {}): GradientTransformation<DowgState> {
  assertOptions(options, "scaleByDowg", { initEstimSqDist: orNull(NOT_NEGATIVE), eps: NOT_NEGATIVE });
  const { initEstimSqDist, eps = 1e-4 } = options;
  const first = initEstimSqDist ?? eps;
  const transformation: GradientTransformation<DowgState> = {
    init: (params) => ({
      initParams: params,
      weightedSqNormGrads: tf.scalar(0),
      estimSqDist: tf.mul(first, 1),
    }),
    update(updates, { initParams, ...state }, given) {
      const params = requireParams(given, "scaleByDowg");
      const estimSqDist = tf.maximum(state.estimSqDist, squaredNorm(subtract(initParams, params)));
      const weightedSqNormGrads = tf.add(
        tf.mul(estimSqDist, squaredNorm(updates)),
        state.weightedSqNormGrads,
      );
      const step = tf.div(estimSqDist, tf.add(tf.sqrt(weightedSqNormGrads), eps));
      return [scaled(step, updates), { initParams, weightedSqNormGrads, estimSqDist }];
    },
  };
  return madeBy(transformation, scaleByDowg, [first, eps]);
}

function firstDistance(kind: DogInitStep[0], size: Hyperparameter, params: Tree): tf.Tensor {
  if (kind === "learning_rate") return tf.scalar(0);
  return kind === "distance" ? tf.mul(size, 1) : tf.mul(size, tf.add(1, norm(params)));
}

function assertInitStep(initStep: DogInitStep): DogInitStep {
  const kinds: readonly unknown[] = ["distance", "learning_rate", "heuristic"];
  if (Array.isArray(initStep) && kinds.includes(initStep[0])) return initStep;
  throw new InvalidArgumentError(
    `scaleByDog: expected initStep to be a pair such as ["heuristic", 1e-6], ["distance", 0.1] or ` +
      `["learning_rate", 1e-3], got ${JSON.stringify(initStep)}.`,
  );
}
