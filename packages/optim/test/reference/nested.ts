/** @file Wrappers of `golden/wrappers.json`: nested parameters, hostile gradients, wrappers in wrappers. */
import {
  adam,
  adamw,
  adaptiveGradClip,
  addDecayedWeights,
  addNoise,
  applyEvery,
  applyIfFinite,
  centralize,
  chain,
  clip,
  clipByBlockRms,
  clipByGlobalNorm,
  conditionallyMask,
  conditionallyTransform,
  cosineDecaySchedule,
  ema,
  exponentialDecay,
  flatten,
  freeze,
  type GradientTransformation,
  type Hyperparameter,
  injectHyperparams,
  keepParamsNonnegative,
  linearSchedule,
  lookahead,
  masked,
  type MaskTree,
  MultiSteps,
  namedChain,
  normalizeByUpdateNorm,
  partition,
  reduceOnPlateau,
  scale,
  scaleByAdam,
  scaleByLearningRate,
  setToZero,
  sgd,
  skipLargeUpdates,
  skipNotFinite,
  trace,
  type Tree,
  treeMapWithPath,
  zeroNans,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import type { ReferenceCase } from "./case.ts";
import { pairs } from "./wrappers.ts";

const thenSgd = (...txs: GradientTransformation[]) => chain(...txs, sgd(0.1));
const kernels = (params: Tree) => treeMapWithPath((path) => path.at(-1) === "kernel", params);
const groups = (params: Tree) =>
  treeMapWithPath((path) => (path.at(-1) === "bias" ? "bias" : "rest"), params);
const subtrees: MaskTree = { conv: true, dense: false, gain: true, tall: false };
const finite = { shouldSkipUpdateFn: skipNotFinite };

const cases: Readonly<Record<string, () => GradientTransformation>> = {
  apply_if_finite_inf: () => applyIfFinite(adam(1e-2), 2),
  apply_if_finite_at_once: () => applyIfFinite(sgd(0.1, { momentum: 0.9 }), 0),
  apply_if_finite_in_chain: () => chain(applyIfFinite(scaleByAdam(), 3), scale(-0.01)),
  zero_nans_keeps_infinities: () => thenSgd(zeroNans(), clip(0.5)),
  zero_nans_often: () => chain(zeroNans(), adam(1e-2)),
  clip_infinities: () => thenSgd(clip(0.3)),
  clip_by_block_rms_zero: () => thenSgd(clipByBlockRms(0.5)),
  clip_by_block_rms_large: () => thenSgd(clipByBlockRms(2)),
  adaptive_grad_clip_convolution: () => thenSgd(adaptiveGradClip(0.05, { eps: 0.5 })),
  adaptive_grad_clip_zero: () => thenSgd(adaptiveGradClip(0.05)),
  centralize_convolution: () => chain(centralize(), sgd(0.1, { momentum: 0.5 })),
  normalize_by_update_norm_zero: () => thenSgd(normalizeByUpdateNorm(2, { eps: 1e-3 })),
  ema_slow: () => thenSgd(ema(0.999)),
  ema_none: () => thenSgd(ema(0)),
  keep_params_nonnegative_positive: () => chain(sgd(0.4), keepParamsNonnegative()),
  add_noise: () => thenSgd(addNoise(0.1, 0.9, 3)),
  apply_every_1: () => thenSgd(applyEvery(1)),
  apply_every_4: () => chain(scaleByAdam(), applyEvery(4), scale(-0.1)),
  masked_subtrees: () => thenSgd(masked(adam(0.5), subtrees)),
  masked_twice: () => thenSgd(masked(masked(clipByGlobalNorm(0.1), kernels), subtrees)),
  masked_all: () => thenSgd(masked(scale(3), true)),
  masked_nothing: () => thenSgd(masked(trace(0.9), false)),
  freeze_all: () => chain(sgd(0.1), freeze(true)),
  freeze_subtree: () => chain(adam(1e-2), freeze(subtrees)),
  decay_schedule: () => thenSgd(addDecayedWeights(linearSchedule(0.5, 0, 4), { mask: kernels })),
  adamw_decay_schedule: () => adamw(cosineDecaySchedule(1e-2, 5), { weightDecay: linearSchedule(0.5, 0, 4) }),
  partition_norms: () =>
    partition(
      {
        bias: chain(clipByGlobalNorm(0.2), sgd(0.1)),
        rest: chain(clipByGlobalNorm(0.5), adam(1e-2)),
      },
      groups,
    ),
  partition_subtrees: () =>
    partition(
      { a: sgd(0.1, { momentum: 0.9 }), b: setToZero(), c: adam(1e-2) },
      { conv: "a", dense: { bias: "b", kernel: "c" }, gain: "c", tall: "a" },
    ),
  partition_unused: () =>
    partition(
      { a: adam(1e-2), b: sgd(1, { momentum: 0.9 }) },
      { conv: "a", dense: "a", gain: "a", tall: "a" },
    ),
  named_chain_nested: () =>
    namedChain(
      ["norm", clipByGlobalNorm(0.5)],
      ["inner", namedChain(["adam", scaleByAdam()], ["decay", addDecayedWeights(0.1, { mask: kernels })])],
      ["rate", scaleByLearningRate(0.01)],
    ),
  multi_steps_zero: () => new MultiSteps(adam(1e-2), 3),
  multi_steps_1: () => new MultiSteps(adam(1e-2), 1),
  multi_steps_large: () =>
    new MultiSteps(chain(clipByGlobalNorm(1), sgd(0.1, { momentum: 0.9, nesterov: true })), 3),
  multi_steps_schedule_shrinking: () =>
    new MultiSteps(sgd(0.1), (step) => tf.maximum(tf.sub(tf.scalar(3, "int32"), step), 1)),
  multi_steps_rate_schedule: () => new MultiSteps(sgd(exponentialDecay(0.1, 1, 0.5)), 2),
  multi_steps_skip_infinite: () => new MultiSteps(adam(1e-2), 2, finite),
  multi_steps_skip_nan_sum: () => new MultiSteps(sgd(0.1), 3, { useGradMean: false, ...finite }),
  multi_steps_skip_bursts: () =>
    new MultiSteps(sgd(0.1, { momentum: 0.9 }), 2, {
      shouldSkipUpdateFn: (updates, step, params) => skipLargeUpdates(updates, step, params, 40),
    }),
  multi_steps_of_partition: () =>
    new MultiSteps(
      partition(
        {
          bias: sgd(0.1, { momentum: 0.9 }),
          rest: chain(
            clipByGlobalNorm(0.5),
            masked(scale(2), kernels),
            adamw(1e-2, { weightDecay: 0.1, mask: kernels }),
          ),
        },
        groups,
      ),
      2,
    ),
  multi_steps_of_apply_if_finite: () => new MultiSteps(applyIfFinite(adam(1e-2), 4), 2, finite),
  apply_if_finite_of_multi_steps: () => applyIfFinite(new MultiSteps(adam(1e-2), 2), 4),
  conditionally_transform: () =>
    thenSgd(
      conditionallyTransform(scale(0.5), (step) =>
        tf.equal(tf.mod(step, tf.scalar(2, "int32")), tf.scalar(0, "int32")),
      ),
    ),
  conditionally_transform_state: () =>
    thenSgd(conditionallyTransform(trace(0.9), (step) => tf.greaterEqual(step, 3))),
  conditionally_mask: () =>
    conditionallyMask(adam(1e-2), (step) =>
      tf.notEqual(tf.mod(step, tf.scalar(3, "int32")), tf.scalar(1, "int32")),
    ),
  conditionally_mask_by_value: () =>
    conditionallyMask(adam(1e-2), (_step, { value }) => tf.less(value!, 2.5), { forwardExtraArgs: true }),
  inject_rate_alone: () => injectHyperparams(adam)({ learningRate: 0.02 }),
  inject_momentum_schedule: () =>
    injectHyperparams(sgd)({ learningRate: 0.1, momentum: linearSchedule(0.5, 0.9, 4), nesterov: true }),
  inject_options: () =>
    injectHyperparams(adamw)({
      learningRate: 0.01,
      b1: 0.7,
      b2: 0.9,
      eps: 1e-3,
      epsRoot: 1e-4,
      weightDecay: 0.2,
    }),
  inject_nesterov: () => injectHyperparams(adam)({ learningRate: 0.01, b1: 0.8, nesterov: true }),
  inject_nothing_but_options: () =>
    chain(injectHyperparams(scaleByAdam)({ b1: linearSchedule(0.5, 0.9, 5), b2: 0.99 }), scale(-0.01)),
  inject_clip: () =>
    chain(
      injectHyperparams(({ maxNorm }: { maxNorm: Hyperparameter }) => clipByGlobalNorm(maxNorm))({
        maxNorm: 0.5,
      }),
      injectHyperparams(({ maxDelta }: { maxDelta: Hyperparameter }) => clip(maxDelta))({
        maxDelta: linearSchedule(0.3, 0.1, 4),
      }),
      injectHyperparams(({ stepSize }: { stepSize: Hyperparameter }) => scale(stepSize))({ stepSize: -0.1 }),
    ),
  multi_steps_of_injected: () =>
    new MultiSteps(injectHyperparams(adam)({ learningRate: linearSchedule(0.02, 0, 3) }), 2),
  lookahead_every_step: () => lookahead(sgd(0.1), 1, 0.3),
  lookahead_of_partition: () =>
    lookahead(partition({ bias: sgd(0.1), rest: adam(1e-2) }, groups), 2, 0.8, { resetState: true }),
  reduce_on_plateau_defaults: () => chain(sgd(0.1), reduceOnPlateau()),
  reduce_on_plateau_at_once: () =>
    chain(sgd(0.1), reduceOnPlateau({ factor: 0.5, patience: 1, cooldown: 2, rtol: 0, atol: 0.05 })),
  reduce_on_plateau_of_means: () =>
    chain(
      sgd(0.1),
      reduceOnPlateau({ factor: 0.1, patience: 1, accumulationSize: 3, rtol: 0.5, minScale: 0.05 }),
    ),
  flatten_adam: () => flatten(adam(1e-2)),
  flatten_block_rms: () => thenSgd(flatten(clipByBlockRms(0.1))),
};

export const nested: readonly ReferenceCase[] = Object.entries(cases).map(([name, make]) => ({
  name,
  make,
  ...(name.startsWith("lookahead") && { wrap: pairs }),
}));
