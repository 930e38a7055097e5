/** @file Several gradients for one update. */
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertCount, assertFunction, assertOptions, found } from "../checked-arguments.ts";
import { copyOf } from "../transform/scale-by-schedule.ts";
import {
  assertTransformation,
  type GradientTransformation,
  type UpdateArguments,
} from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { asCondition, selectTree, zerosLikeTree } from "./select.ts";
import type { ShouldSkipUpdateFunction } from "./skip.ts";

/** How many gradients make an update, by the number of updates before: an int32 scalar tensor or a number. */
export type EveryKSchedule = (gradientStep: tf.Scalar) => tf.Tensor | number;

/** The state of {@link MultiSteps}. */
export type MultiStepsState<S extends Tree = Tree, K extends Tree = Tree> = {
  /** How many gradients have been gathered: int32 `[]`. */
  readonly miniStep: tf.Tensor;
  /** How many updates the inner transformation has made: int32 `[]`. */
  readonly gradientStep: tf.Tensor;
  readonly innerOptState: S;
  /** The mean or the sum of what has been gathered, shaped as the parameters. */
  readonly accGrads: Tree;
  /** What `shouldSkipUpdateFn` said last. */
  readonly skipState: K;
};

/** Options of {@link MultiSteps}. */
export interface MultiStepsOptions<K extends Tree = Tree> {
  /** Whether gradients are averaged, instead of summed. Default `true`. */
  useGradMean?: boolean | undefined;
  /** Which gradients are left out as if they had never been, such as `skipNotFinite`. Default: none. */
  shouldSkipUpdateFn?: ShouldSkipUpdateFunction<K> | undefined;
}

/**
 * Gathers gradients: the inner transformation gets the mean of each `k`, and updates are zeros until then. So small
 * batches train as one of `k` times their size, in the memory of one.
 *
 * ```ts
 * const optimizer = new Optimizer(model, new MultiSteps(adam(1e-3), 4), { wrt: Param });
 * ```
 *
 * It decides on the device by selection: under `jit` a step is one program, whether it updates or gathers. Differs
 * from Optax where gathered gradients are NaN: the updates before the `k`-th are zeros all the same, and the next
 * gathering begins at zero.
 *
 * @see optax.MultiSteps
 */
export class MultiSteps<S extends Tree = Tree, K extends Tree = Tree> implements GradientTransformation<
  MultiStepsState<S, K>
> {
  static readonly name: string = "MultiSteps";
  /** The transformation that gets what is gathered. */
  readonly innerOpt: GradientTransformation<S>;
  private readonly everyKSchedule: number | EveryKSchedule;
  private readonly useGradMean: boolean;
  private readonly shouldSkipUpdateFn: ShouldSkipUpdateFunction<K> | undefined;

  /**
   * @param everyKSchedule how many gradients make an update, or a function of the number of updates that says so
   * @throws InvalidArgumentError unless `everyKSchedule` is a positive integer or a function
   */
  constructor(
    opt: GradientTransformation<S>,
    everyKSchedule: number | EveryKSchedule,
    options: MultiStepsOptions<K> = {},
  ) {
    assertTransformation(opt, "MultiSteps", "new MultiSteps(adam(1e-3), 4)");
    if (typeof everyKSchedule !== "function") assertCount(everyKSchedule, "everyKSchedule", "MultiSteps");
    assertOptions(options, "MultiSteps", { useGradMean: true, shouldSkipUpdateFn: true });
    const { useGradMean = true, shouldSkipUpdateFn } = options;
    if (shouldSkipUpdateFn !== undefined) {
      assertFunction(shouldSkipUpdateFn, "MultiSteps", "{ shouldSkipUpdateFn: skipNotFinite }");
    }
    this.innerOpt = opt;
    this.everyKSchedule = everyKSchedule;
    this.useGradMean = useGradMean;
    this.shouldSkipUpdateFn = shouldSkipUpdateFn;
    madeBy(this, MultiSteps, [opt, everyKSchedule, useGradMean, shouldSkipUpdateFn]);
  }

  /** The state before the first gradients. */
  init(params: Tree): MultiStepsState<S, K> {
    const gradientStep = tf.scalar(0, "int32");
    return {
      miniStep: tf.scalar(0, "int32"),
      gradientStep,
      innerOptState: this.innerOpt.init(params),
      accGrads: zerosLikeTree(params),
      skipState: this.skip(zerosLikeTree(params), gradientStep, params)[1],
    };
  }

  /** Gathers gradients; the updates are zeros until there are enough. */
  update<T extends Tree>(
    updates: T,
    state: MultiStepsState<S, K>,
    params?: Tree,
    args?: UpdateArguments,
  ): [updates: T, state: MultiStepsState<S, K>] {
    const { miniStep, gradientStep, innerOptState } = state;
    const [shouldSkip, skipState] = this.skip(updates, gradientStep, params);
    const isLast = tf.equal(copyOf(miniStep), tf.sub(this.size(gradientStep), tf.scalar(1, "int32")));
    const emits = shouldSkip ? tf.logicalAnd(isLast, tf.logicalNot(shouldSkip)) : isLast;

    const gathered = this.gather(updates, state);
    const [changed, innerState] = this.innerOpt.update(gathered, innerOptState, params, args);
    const next = tf.where(emits, tf.scalar(0, "int32"), random.increment(miniStep));
    const rest = selectTree(emits, zerosLikeTree(gathered), gathered);
    return [
      selectTree(emits, changed, zerosLikeTree(changed)),
      {
        miniStep: shouldSkip ? tf.where(shouldSkip, miniStep, next) : next,
        gradientStep: tf.where(emits, random.increment(gradientStep), gradientStep),
        innerOptState: selectTree(emits, innerState, innerOptState),
        accGrads: shouldSkip ? selectTree(shouldSkip, state.accGrads, rest) : rest,
        skipState,
      },
    ];
  }

  /** Whether the last update was one of the inner transformation: bool `[]`. */
  hasUpdated(state: MultiStepsState): tf.Scalar {
    const zero = tf.scalar(0, "int32");
    return tf.logicalAnd(tf.equal(state.miniStep, zero), tf.greater(state.gradientStep, zero));
  }

  /** What has been gathered with these. */
  private gather<T extends Tree>(updates: T, { accGrads, miniStep }: MultiStepsState<S, K>): T {
    if (!this.useGradMean) return treeMap((update, sum) => tf.add(update, sum), updates, accGrads);
    // Welford's mean does not grow with the number of gradients.
    const count = tf.add(tf.cast(copyOf(miniStep), "float32"), 1);
    return treeMap((update, mean) => tf.add(mean, tf.div(tf.sub(update, mean), count)), updates, accGrads);
  }

  private size(gradientStep: tf.Tensor): tf.Tensor {
    const { everyKSchedule } = this;
    const k = typeof everyKSchedule === "function" ? everyKSchedule(copyOf(gradientStep)) : everyKSchedule;
    if (typeof k === "number") return tf.scalar(k, "int32");
    const given: unknown = k;
    if (given instanceof tf.Tensor && given.rank === 0) return tf.cast(given, "int32");
    throw new InvalidArgumentError(
      `MultiSteps: expected everyKSchedule to return a number or a scalar tensor, got ` +
        `${given instanceof tf.Tensor ? `a tensor [${given.shape.join(", ")}]` : found(given)}. ` +
        `For instance (step) => tf.where(tf.less(step, 100), 1, 4).`,
    );
  }

  private skip(
    updates: Tree,
    gradientStep: tf.Tensor,
    params: Tree | undefined,
  ): [shouldSkip: tf.Scalar | undefined, skipState: K] {
    // Without a function the state is an empty list.
    if (!this.shouldSkipUpdateFn) return [undefined, [] as unknown as K];
    const [shouldSkip, skipState] = this.shouldSkipUpdateFn(updates, copyOf(gradientStep), params);
    return [asCondition(shouldSkip, "MultiSteps", "{ shouldSkipUpdateFn: skipNotFinite }"), skipState];
  }
}
