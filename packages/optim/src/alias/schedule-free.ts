/** @file Schedule-free learning. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, isVariable, madeBy, type Variable } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { chain } from "../combine.ts";
import { complement, type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import { linearSchedule, raise } from "../schedules/polynomial.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights } from "../transform/add-decayed-weights.ts";
import { requireParams } from "../transform/required.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleByRms } from "../transform/scale-by-rms.ts";
import { valueAt } from "../transform/value-at.ts";
import { assertTransformation, type GradientTransformation } from "../transformation.ts";
import { mapLeaves, type Tree, treeMap, type TreeOf } from "../tree.ts";
import { sgd } from "./sgd.ts";
import { NOT_NEGATIVE, NUMBER, orNull, SHARE, WHOLE } from "../ranges.ts";

/**
 * What schedule-free learning remembers: the share b1, the sum of weights and the largest rate (float32 `[]`), the
 * number of updates and one (int32 `[]`), the state of the optimiser and the parameters that it moves, z.
 */
export type ScheduleFreeState<S extends Tree = Tree> = {
  readonly b1: tf.Tensor;
  readonly weightSum: tf.Tensor;
  readonly stepCount: tf.Tensor;
  readonly maxLr: tf.Tensor;
  readonly baseOptimizerState: S;
  readonly z: Tree;
};

/** Options of {@link scheduleFree}. */
export interface ScheduleFreeOptions {
  /** How near the average gradients are taken: a momentum. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** The power of the largest rate so far that weighs the average. Default 2. */
  weightLrPower?: number | undefined;
}

/**
 * Takes gradients between the parameters that `baseOptimizer` moves (z) and their running average (x): a rate that
 * needs no schedule. The model's parameters are `b1 * x + (1 - b1) * z`; evaluate with {@link scheduleFreeEvalParams}.
 *
 * @param baseOptimizer an optimiser without momentum, whose rate is `learningRate`
 * @param learningRate a number, or a schedule such as a warm-up
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.schedule_free; Defazio et al., The road less scheduled, 2024
 */
export function scheduleFree<S extends Tree>(
  baseOptimizer: GradientTransformation<S>,
  learningRate: LearningRate,
  options: ScheduleFreeOptions = {},
): GradientTransformation<ScheduleFreeState<S>> {
  assertTransformation(baseOptimizer, "scheduleFree", "scheduleFree(sgd(0.1), 0.1)");
  assertOptions(options, "scheduleFree", { b1: SHARE, weightLrPower: NUMBER });
  const { b1 = 0.9, weightLrPower = 2 } = options;
  const rest = complement(b1);
  const transformation: GradientTransformation<ScheduleFreeState<S>> = {
    init: (params) => ({
      b1: tf.mul(b1, 1),
      weightSum: tf.scalar(0),
      stepCount: tf.scalar(1, "int32"),
      maxLr: tf.scalar(0),
      baseOptimizerState: baseOptimizer.init(params),
      z: params,
    }),
    update(updates, state, given, args) {
      const params = requireParams(given, "scheduleFree");
      const rate = valueAt(learningRate, state.stepCount, "scheduleFree");
      const maxLr = tf.maximum<tf.Scalar>(state.maxLr, rate);
      const weight = raise(maxLr, weightLrPower);
      const weightSum = tf.add(state.weightSum, weight);
      const [steps, baseOptimizerState] = baseOptimizer.update(
        updates,
        state.baseOptimizerState,
        params,
        args,
      );
      const z = treeMap((old, step) => tf.add(old, step), state.z, steps);
      // Of a rate of 0 so far.
      const ratio = tf.where(tf.equal(weightSum, 0), tf.scalar(0), tf.div(weight, weightSum));
      const kept = tf.sub(1, ratio);
      const moves = treeMap(
        (_g, y, old, next) => {
          const before = tf.div(tf.sub(y, tf.mul(rest, old)), b1);
          const average = tf.add(tf.mul(kept, before), tf.mul(ratio, next));
          return tf.sub(weightedSum(b1, average, rest, next), y);
        },
        updates,
        params,
        state.z,
        z,
      );
      const stepCount = random.increment(state.stepCount);
      return [moves, { b1: state.b1, weightSum, stepCount, maxLr, baseOptimizerState, z }];
    },
  };
  return madeBy(transformation, scheduleFree, [baseOptimizer, learningRate, b1, weightLrPower]);
}

/**
 * The parameters to evaluate with: the average, `(y - (1 - b1) * z) / b1` of the parameters y.
 *
 * ```ts
 * const averaged = clone(model);
 * update(averaged, scheduleFreeEvalParams(optimizer.optState, toPureDict(state(model, Param))));
 * ```
 *
 * @param state that of {@link scheduleFree}, of tensors or of an Optimizer's Variables
 * @param params the parameters, shaped as those of the state
 * @throws InvalidArgumentError for another state
 * @see optax.contrib.schedule_free_eval_params
 */
export function scheduleFreeEvalParams<P extends Tree>(state: TreeOf<tf.Tensor | Variable>, params: P): P;
export function scheduleFreeEvalParams(
  state: TreeOf<tf.Tensor | Variable>,
  params: TreeOf<tf.Tensor | Variable>,
): Tree;
export function scheduleFreeEvalParams(
  state: TreeOf<tf.Tensor | Variable>,
  params: TreeOf<tf.Tensor | Variable>,
): Tree {
  const { b1, z } = assertScheduleFreeState(state);
  const share = valueOf(b1);
  const average = (_path: unknown, y: tf.Tensor | Variable, moved: tf.Tensor | Variable): tf.Tensor =>
    tf.tidy(() => tf.div(tf.sub(valueOf(y), tf.mul(tf.sub(1, share), valueOf(moved))), share));
  return mapLeaves(average, params, [z]);
}

/** Options of {@link scheduleFreeSgd}. */
export interface ScheduleFreeSgdOptions extends ScheduleFreeOptions {
  /** In how many steps the rate grows from 0. Default: it does not. */
  warmupSteps?: number | null | undefined;
  /** The share of each parameter that is added to its gradient. Default: none. */
  weightDecay?: LearningRate | null | undefined;
}

/**
 * Schedule-free gradient descent.
 *
 * @param learningRate Default 1.
 * @see optax.contrib.schedule_free_sgd; Defazio et al., The road less scheduled, 2024
 */
export function scheduleFreeSgd(
  learningRate: number = 1,
  given: ScheduleFreeSgdOptions = {},
): GradientTransformation<ScheduleFreeState> {
  assertOptions(given, "scheduleFreeSgd", {
    warmupSteps: orNull(WHOLE),
    weightDecay: true,
    b1: SHARE,
    weightLrPower: NUMBER,
  });
  const { warmupSteps, weightDecay, ...options } = given;
  const rate = warmedUp(learningRate, warmupSteps);
  const descent: GradientTransformation = sgd(rate);
  const base = weightDecay == null ? descent : chain(addDecayedWeights(weightDecay), descent);
  return scheduleFree(base as GradientTransformation, rate, options);
}

/** Options of {@link scheduleFreeAdamw}. */
export interface ScheduleFreeAdamwOptions extends ScheduleFreeOptions {
  /** In how many steps the rate grows from 0. Default: it does not. */
  warmupSteps?: number | null | undefined;
  /** Decay of the mean of squared gradients. Default 0.999. */
  b2?: Hyperparameter | undefined;
  /** Added outside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** The share of each parameter that is subtracted with each step. Default 0. */
  weightDecay?: LearningRate | undefined;
}

/**
 * Schedule-free AdamW.
 *
 * @param learningRate Default 0.0025.
 * @see optax.contrib.schedule_free_adamw; Defazio et al., The road less scheduled, 2024
 */
export function scheduleFreeAdamw(
  learningRate: number = 0.0025,
  given: ScheduleFreeAdamwOptions = {},
): GradientTransformation<ScheduleFreeState> {
  assertOptions(given, "scheduleFreeAdamw", {
    warmupSteps: orNull(WHOLE),
    b2: SHARE,
    eps: NOT_NEGATIVE,
    weightDecay: true,
    b1: SHARE,
    weightLrPower: NUMBER,
  });
  const { warmupSteps, b2 = 0.999, eps = 1e-8, weightDecay = 0, ...options } = given;
  const rate = warmedUp(learningRate, warmupSteps);
  const base: GradientTransformation = chain(
    scaleByRms({ decay: b2, eps, epsInSqrt: false, biasCorrection: true }),
    addDecayedWeights(weightDecay),
    scaleByLearningRate(rate),
  );
  return scheduleFree(base, rate, options);
}

function warmedUp(learningRate: number, warmupSteps: number | null | undefined): LearningRate {
  return warmupSteps == null ? learningRate : linearSchedule(0, learningRate, warmupSteps);
}

type Leaf = tf.Tensor | Variable;

function assertScheduleFreeState(state: TreeOf<Leaf>): { b1: Leaf; z: TreeOf<Leaf> } {
  const isState = typeof state === "object" && state !== null && "b1" in state && "z" in state;
  // What has both is what scheduleFree made.
  if (isState) return state as unknown as { b1: Leaf; z: TreeOf<Leaf> };
  throw new InvalidArgumentError(
    "scheduleFreeEvalParams: expected the state of scheduleFree, got another. Of a chain give its link: " +
      "scheduleFreeEvalParams(optimizer.optState[1], params).",
  );
}

function valueOf(leaf: Leaf): tf.Tensor {
  return isVariable(leaf) ? leaf.value : leaf;
}
