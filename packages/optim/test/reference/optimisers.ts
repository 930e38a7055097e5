/** @file Optimisers of `optim_more.json`. */
import {
  adafactor,
  adamaxw,
  adamw,
  adan,
  ademamix,
  adopt,
  chain,
  cocob,
  dadaptAdamw,
  dog,
  dowg,
  fromage,
  lamb,
  lars,
  lbfgs,
  lion,
  madgrad,
  mechanize,
  momo,
  momoAdam,
  muon,
  nadamw,
  noisySgd,
  normalize,
  optimisticAdamV2,
  optimisticGradientDescent,
  polyakSgd,
  prodigy,
  rmsprop,
  rprop,
  sam,
  scaleByTrustRatio,
  scheduleFreeAdamw,
  scheduleFreeSgd,
  sgd,
  signum,
  simplifiedAdemamix,
  sm3,
  sophia,
  stateless,
  type Tree,
  treeLeaves,
  treeMap,
  treeMapWithPath,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { mask, type ReferenceCase } from "./case.ts";

/** Factored means of squares, products of matrices and quotients of small differences round otherwise. */
const factored = { rtol: 1e-5, atol: 1e-6 };

/** A diagonal that Sophia is given: `x² + 0.1`. */
const givenDiagonal = stateless(<T extends Tree>(updates: T, params?: Tree) =>
  treeMap((_update, x) => tf.add(tf.square(x), 0.1), updates, params!),
);

/** The sum of the hyperbolic cosines of all elements. */
function objective(params: Tree): tf.Tensor {
  const cosh = (x: tf.Tensor) => tf.sum(tf.cosh(x));
  return treeLeaves(params)
    .map(cosh)
    .reduce((a, b) => tf.add(a, b));
}

export const optimisers: readonly ReferenceCase[] = [
  { name: "nadamw", make: () => nadamw(0.01) },
  { name: "nadamw_options", make: () => nadamw(0.01, { b1: 0.8, b2: 0.95, weightDecay: 0.1, mask }) },
  { name: "adamaxw", make: () => adamaxw(0.01, { b1: 0.8, b2: 0.95, weightDecay: 0.1 }) },
  { name: "adamw_nesterov_mask", make: () => adamw(0.01, { weightDecay: 0.1, nesterov: true, mask }) },
  {
    name: "adamw_mask_function",
    make: () =>
      adamw(0.01, {
        weightDecay: 0.1,
        mask: (params) => treeMapWithPath((_path, param) => param.rank > 1, params),
      }),
  },
  { name: "fromage", make: () => fromage(0.01) },
  { name: "sm3", make: () => sm3(0.1, { momentum: 0.9 }) },
  { name: "optimistic_gradient_descent", make: () => optimisticGradientDescent(0.1, { alpha: 1, beta: 1 }) },
  {
    name: "optimistic_adam_v2",
    make: () => optimisticAdamV2(0.01, { alpha: 0.9, beta: 0.8, nesterov: false }),
  },
  { name: "rprop", make: () => rprop(0.01, { etaMinus: 0.5, etaPlus: 1.2, maxStepSize: 50 }) },
  { name: "polyak_sgd", make: () => polyakSgd(0.2, { scaling: 1, fMin: 0, eps: 0 }) },
  { name: "polyak_sgd_sps_plus", make: () => polyakSgd(1, { fMin: 1.5, variant: "sps+" }) },
  { name: "adan", make: () => adan(0.01) },
  { name: "adan_options", make: () => adan(0.01, { b1: 0.9, b2: 0.8, b3: 0.95, weightDecay: 0.1 }) },
  { name: "signum", make: () => signum(0.01, { beta: 0.8 }) },
  { name: "noisy_sgd", make: () => noisySgd(0.1, { eta: 0.01, gamma: 0.55, key: 7 }) },
  {
    name: "lbfgs_no_linesearch",
    make: () => lbfgs(0.2, { memorySize: 3, linesearch: null }),
    tolerance: factored,
  },
  { name: "adafactor_factored", make: () => adafactor(0.01, { minDimSizeToFactor: 2 }), tolerance: factored },
  {
    name: "adafactor_options",
    make: () =>
      adafactor(0.01, {
        minDimSizeToFactor: 2,
        momentum: 0.9,
        weightDecayRate: 0.1,
        multiplyByParameterScale: false,
        clippingThreshold: 0.5,
      }),
    tolerance: factored,
  },
  { name: "lamb_options", make: () => lamb(0.01, { b1: 0.8, weightDecay: 0.1, mask }) },
  {
    name: "lars_options",
    make: () =>
      lars(0.1, {
        weightDecay: 0.1,
        weightDecayMask: mask,
        trustRatioMask: mask,
        trustCoefficient: 0.01,
        momentum: 0.8,
        nesterov: true,
      }),
  },
  {
    name: "rmsprop_bias_correction",
    make: () =>
      rmsprop(0.01, { decay: 0.8, epsInSqrt: false, biasCorrection: true, momentum: 0.9, nesterov: true }),
  },
  { name: "lion_options", make: () => lion(0.01, { b1: 0.8, b2: 0.95, weightDecay: 0.1, mask }) },
  { name: "muon", make: () => muon(0.01), tolerance: factored },
  {
    name: "muon_options",
    make: () =>
      muon(0.01, {
        nsSteps: 4,
        beta: 0.9,
        weightDecay: 0.1,
        nesterov: false,
        adamB1: 0.8,
        adamWeightDecay: 0.05,
        adamLearningRate: 0.005,
      }),
    tolerance: factored,
  },
  {
    name: "muon_adaptive",
    make: () => muon(0.01, { adaptive: true, consistentRms: null }),
    tolerance: factored,
  },
  {
    name: "muon_dimension_numbers",
    make: () =>
      muon(0.01, {
        consistentRms: 0.2,
        muonWeightDimensionNumbers: {
          s: null,
          b: null,
          w: { reductionAxis: 1, outputAxis: 0 },
          k: { reductionAxis: [0, 1], outputAxis: 2 },
        },
      }),
    tolerance: factored,
  },
  { name: "schedule_free_sgd", make: () => scheduleFreeSgd(0.1, { b1: 0.9 }) },
  {
    name: "schedule_free_sgd_warmup",
    make: () => scheduleFreeSgd(0.1, { warmupSteps: 4, weightDecay: 0.1 }),
  },
  {
    name: "schedule_free_adamw",
    make: () => scheduleFreeAdamw(0.01, { warmupSteps: 3, b1: 0.9, b2: 0.95, weightDecay: 0.1 }),
  },
  { name: "prodigy", make: () => prodigy(1, { estimLr0: 0.01, weightDecay: 0.1 }) },
  {
    name: "prodigy_safeguard",
    make: () => prodigy(1, { betas: [0.8, 0.95], estimLr0: 0.01, safeguardWarmup: true }),
  },
  { name: "dadapt_adamw", make: () => dadaptAdamw(1, { estimLr0: 0.01, weightDecay: 0.1 }) },
  {
    name: "sophia_given_diagonal",
    make: () => sophia(0.01, { gamma: 0.9, updateInterval: 3, hessianDiagonalFn: givenDiagonal }),
  },
  {
    name: "sophia_hutchinson",
    make: () => sophia(0.01, { b1: 0.965, gamma: 0.9, updateInterval: 3, weightDecay: 0.1 }),
    args: { objFn: objective },
  },
  {
    name: "sam",
    make: () => sam(sgd(0.1, { momentum: 0.9 }), chain(normalize(), sgd(0.05)), { syncPeriod: 2 }),
  },
  { name: "ademamix", make: () => ademamix(0.01, { b3: 0.99, alpha: 5, weightDecay: 0.1 }) },
  { name: "simplified_ademamix", make: () => simplifiedAdemamix(0.01, { alpha: 2 }) },
  { name: "adopt", make: () => adopt(0.01, { nesterov: false }) },
  { name: "madgrad", make: () => madgrad(0.01, { weightDecay: 0.1 }) },
  { name: "momo", make: () => momo(0.1, { beta: 0.9 }) },
  { name: "momo_adam", make: () => momoAdam(0.01) },
  { name: "dog", make: () => dog(1, { initStep: ["distance", 0.05] }) },
  { name: "dowg", make: () => dowg(1) },
  { name: "cocob", make: () => cocob() },
  { name: "mechanize_sgd", make: () => mechanize(sgd(0.1), { sInit: 0.01 }) },
  {
    name: "scale_by_trust_ratio",
    make: () => chain(scaleByTrustRatio({ minNorm: 0, trustCoefficient: 0.5, eps: 0.001 }), sgd(0.1)),
  },
];
