/** @file L-BFGS. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import { scaleByZoomLinesearch } from "../linesearch/scale-by-zoom-linesearch.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { scale } from "../transform/scale.ts";
import { scaleByLbfgs, type LbfgsState, type ScaleByLbfgsOptions } from "../transform/scale-by-lbfgs.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { type GradientTransformation, identity } from "../transformation.ts";
import type { Tree } from "../tree.ts";

/** Options of {@link lbfgs}. */
export interface LbfgsOptions extends ScaleByLbfgsOptions {
  /**
   * What chooses the step size; `null` for the learning rate alone, which runs under `jit` too. Default
   * `scaleByZoomLinesearch(20, { initialGuessStrategy: "one" })`.
   */
  linesearch?: GradientTransformation | null | undefined;
}

/** The states of the parts of {@link lbfgs}. */
export type LbfgsChainState = ChainState<[LbfgsState, RateState, Tree]>;

/**
 * L-BFGS with a line search: for gradients of whole data sets, with few parameters or many.
 *
 * ```ts
 * const optimizer = new Optimizer(model, lbfgs(), { wrt: Param });
 * const [loss, grads] = valueAndGrad(lossFn)(model);
 * optimizer.update(model, grads, { value: loss, valueFn: lossFn });
 * ```
 *
 * A line search runs eagerly: it reads the loss back.
 *
 * @param learningRate a factor of the direction, or a schedule of it. Default 1.
 * @throws MissingArgumentError by `update` without `params`, and for the line search without `value` and `valueFn`
 * @see optax.lbfgs; Liu and Nocedal, On the limited memory BFGS method for large scale optimization, 1989
 */
export function lbfgs(
  learningRate?: LearningRate | null,
  given: LbfgsOptions = {},
): GradientTransformation<LbfgsChainState> {
  assertOptions(given, "lbfgs", { linesearch: true, memorySize: true, scaleInitPrecond: true });
  const { linesearch, ...options } = given;
  const search: GradientTransformation =
    linesearch === null
      ? identity()
      : (linesearch ?? scaleByZoomLinesearch(20, { initialGuessStrategy: "one" }));
  return chain<[LbfgsState, RateState, Tree]>(
    scaleByLbfgs(options),
    learningRate == null ? scale(-1) : scaleByLearningRate(learningRate),
    search,
  );
}
