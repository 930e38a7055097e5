/** @file Wrappers, masks and other transformations of `optim_more.json`. */
import {
  adam,
  adamw,
  adaptiveGradClip,
  applyEvery,
  applyIfFinite,
  centralize,
  chain,
  clip,
  clipByBlockRms,
  clipByGlobalNorm,
  ema,
  freeze,
  type GradientTransformation,
  injectHyperparams,
  keepParamsNonnegative,
  linearSchedule,
  lookahead,
  LookaheadParams,
  masked,
  MultiSteps,
  namedChain,
  normalizeByUpdateNorm,
  partition,
  reduceOnPlateau,
  scale,
  scaleByAdam,
  setToZero,
  sgd,
  skipLargeUpdates,
  skipNotFinite,
  treeMapWithPath,
  zeroNans,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { mask, type ReferenceCase } from "./case.ts";

const inChain = (tx: GradientTransformation) => chain(tx, sgd(0.1));
export const pairs: NonNullable<ReferenceCase["wrap"]> = {
  into: (params) => LookaheadParams.initSynced(params),
  from: (params) => (params as LookaheadParams).fast,
};

export const wrappers: readonly ReferenceCase[] = [
  {
    name: "lookahead",
    make: () => lookahead(sgd(0.1, { momentum: 0.9 }), 3, 0.5),
    wrap: pairs,
  },
  {
    name: "lookahead_reset_state",
    make: () => lookahead(adam(1e-2), 3, 0.5, { resetState: true }),
    wrap: pairs,
  },
  { name: "adaptive_grad_clip", make: () => inChain(adaptiveGradClip(0.1)) },
  { name: "clip_by_block_rms", make: () => inChain(clipByBlockRms(0.5)) },
  { name: "centralize", make: () => inChain(centralize()) },
  { name: "normalize_by_update_norm", make: () => inChain(normalizeByUpdateNorm(1)) },
  { name: "ema", make: () => inChain(ema(0.9)) },
  { name: "ema_no_debias", make: () => inChain(ema(0.9, { debias: false })) },
  { name: "keep_params_nonnegative", make: () => chain(sgd(0.1), keepParamsNonnegative()) },
  { name: "apply_every", make: () => inChain(applyEvery(3)) },
  { name: "zero_nans", make: () => inChain(zeroNans()) },
  { name: "apply_if_finite", make: () => applyIfFinite(adam(1e-2), 5) },
  { name: "apply_if_finite_gives_up", make: () => applyIfFinite(sgd(0.1, { momentum: 0.9 }), 1) },
  { name: "masked", make: () => inChain(masked(scale(0.5), mask)) },
  {
    name: "masked_function",
    make: () =>
      inChain(masked(clip(0.2), (params) => treeMapWithPath((_path, { rank }) => rank >= 2, params))),
  },
  {
    name: "partition",
    make: () =>
      partition({ x: adam(1e-2), y: sgd(0.1, { momentum: 0.9 }) }, { s: "y", b: "y", w: "x", k: "x" }),
  },
  {
    name: "partition_freeze",
    make: () =>
      partition({ train: chain(clipByGlobalNorm(0.5), adam(1e-2)), stop: setToZero() }, (params) =>
        treeMapWithPath(([key]) => (key === "b" || key === "s" ? "stop" : "train"), params),
      ),
  },
  { name: "freeze", make: () => chain(sgd(0.1), freeze(mask)) },
  {
    name: "named_chain",
    make: () =>
      namedChain(["clip", clipByGlobalNorm(0.5)], ["adam", scaleByAdam({ b1: 0.8 })], ["rate", scale(-1e-2)]),
  },
  {
    name: "inject_hyperparams",
    make: () => injectHyperparams(sgd)({ learningRate: 0.1, momentum: 0.9 }),
  },
  {
    name: "inject_hyperparams_adamw",
    make: () =>
      injectHyperparams(adamw)({
        learningRate: linearSchedule(0.02, 0.002, 6),
        b1: 0.8,
        weightDecay: 0.1,
      }),
  },
  {
    name: "reduce_on_plateau",
    make: () => chain(sgd(0.1), reduceOnPlateau({ factor: 0.5, patience: 2, cooldown: 1 })),
  },
  {
    name: "reduce_on_plateau_accumulated",
    make: () =>
      chain(
        sgd(0.1),
        reduceOnPlateau({ factor: 0.5, patience: 1, accumulationSize: 2, rtol: 0.01, minScale: 0.3 }),
      ),
  },
  { name: "multi_steps_4", make: () => new MultiSteps(adam(1e-2), 4) },
  {
    name: "multi_steps_sum",
    make: () => new MultiSteps(sgd(0.1, { momentum: 0.9 }), 2, { useGradMean: false }),
  },
  {
    name: "multi_steps_schedule",
    make: () => new MultiSteps(sgd(0.1), (step) => tf.where(tf.less(step, 2), 1, 3)),
  },
  {
    name: "multi_steps_skip_not_finite",
    make: () => new MultiSteps(sgd(0.1), 2, { shouldSkipUpdateFn: skipNotFinite }),
  },
  {
    name: "multi_steps_skip_large",
    make: () =>
      new MultiSteps(sgd(0.1), 2, {
        shouldSkipUpdateFn: (updates, step, params) => skipLargeUpdates(updates, step, params, 100),
      }),
  },
];
