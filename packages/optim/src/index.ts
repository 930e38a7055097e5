export { adabelief, type AdabeliefOptions } from "./alias/adabelief.ts";
export { adafactor, type AdafactorOptions } from "./alias/adafactor.ts";
export { adadelta, type AdadeltaOptions, adagrad, type AdagradOptions } from "./alias/adagrad.ts";
export {
  adam,
  type AdamOptions,
  adamw,
  type AdamWOptions,
  nadam,
  type NadamOptions,
  nadamw,
  type NadamWOptions,
} from "./alias/adam.ts";
export { adamax, type AdamaxOptions, adamaxw, type AdamaxWOptions } from "./alias/adamax.ts";
export { adan, type AdanOptions } from "./alias/adan.ts";
export {
  ademamix,
  type AdemamixOptions,
  simplifiedAdemamix,
  type SimplifiedAdemamixOptions,
} from "./alias/ademamix.ts";
export { adopt, type AdoptOptions } from "./alias/adopt.ts";
export { amsgrad, type AmsgradOptions } from "./alias/amsgrad.ts";
export { cocob, type CocobOptions } from "./alias/cocob.ts";
export { dadaptAdamw, type DadaptAdamwOptions, type DadaptAdamwState } from "./alias/dadapt-adamw.ts";
export { dog, type DogOptions, dowg, type DowgOptions } from "./alias/dog.ts";
export {
  fromage,
  type FromageOptions,
  lamb,
  type LambOptions,
  lars,
  type LarsOptions,
} from "./alias/lamb.ts";
export { lbfgs, type LbfgsChainState, type LbfgsOptions } from "./alias/lbfgs.ts";
export { lion, type LionOptions } from "./alias/lion.ts";
export { madgrad, type MadgradOptions } from "./alias/madgrad.ts";
export { mechanize, type MechanizeOptions, type MechanicState } from "./alias/mechanize.ts";
export {
  type LowerBoundOptions,
  momo,
  momoAdam,
  type MomoAdamOptions,
  type MomoAdamState,
  type MomoOptions,
  type MomoState,
} from "./alias/momo.ts";
export { muon, type MuonOptions } from "./alias/muon.ts";
export { noisySgd, type NoisySgdOptions } from "./alias/noisy-sgd.ts";
export { novograd, type NovogradOptions } from "./alias/novograd.ts";
export {
  optimisticAdamV2,
  type OptimisticAdamOptions,
  optimisticGradientDescent,
  type OptimisticGradientDescentOptions,
} from "./alias/optimistic.ts";
export { polyakSgd, type PolyakSgdOptions } from "./alias/polyak-sgd.ts";
export { prodigy, type ProdigyOptions, type ProdigyState } from "./alias/prodigy.ts";
export { radam, type RadamOptions } from "./alias/radam.ts";
export { rmsprop, type RmspropOptions } from "./alias/rmsprop.ts";
export { rprop, type RpropOptions } from "./alias/rprop.ts";
export { normalize, sam, type SamOptions, type SamState } from "./alias/sam.ts";
export {
  scheduleFree,
  scheduleFreeAdamw,
  type ScheduleFreeAdamwOptions,
  scheduleFreeEvalParams,
  type ScheduleFreeOptions,
  scheduleFreeSgd,
  type ScheduleFreeSgdOptions,
  type ScheduleFreeState,
} from "./alias/schedule-free.ts";
export { sgd, type SgdOptions } from "./alias/sgd.ts";
export { signSgd, signum, type SignumOptions } from "./alias/sign.ts";
export { sm3, type Sm3Options } from "./alias/sm3.ts";
export { sophia, type SophiaOptions } from "./alias/sophia.ts";
export { yogi, type YogiOptions } from "./alias/yogi.ts";
export { applyUpdates } from "./apply-updates.ts";
export {
  chain,
  type ChainState,
  namedChain,
  type NamedTransformation,
  type StatesByName,
} from "./combine.ts";
export { globalNorm } from "./global-norm.ts";
export type { Hyperparameter } from "./hyperparameter.ts";
export {
  type BacktrackingLinesearchState,
  scaleByBacktrackingLinesearch,
  type ScaleByBacktrackingLinesearchOptions,
} from "./linesearch/scale-by-backtracking-linesearch.ts";
export {
  scaleByZoomLinesearch,
  type ScaleByZoomLinesearchOptions,
  type ZoomLinesearchState,
} from "./linesearch/scale-by-zoom-linesearch.ts";
export { valueAndGradFromState } from "./linesearch/value-and-grad-from-state.ts";
export type { ModelUpdateArguments } from "./model-arguments.ts";
export { Optimizer, type OptimizerOptions, type OptStateOf } from "./optimizer.ts";
export {
  cosineDecaySchedule,
  type CosineDecayOptions,
  type SgdrCycle,
  sgdrSchedule,
  warmupCosineDecaySchedule,
  type WarmupCosineDecayOptions,
} from "./schedules/cosine.ts";
export { exponentialDecay, type ExponentialDecayOptions } from "./schedules/exponential-decay.ts";
export { joinSchedules } from "./schedules/join.ts";
export { piecewiseConstantSchedule } from "./schedules/piecewise-constant.ts";
export {
  cosineOnecycleSchedule,
  type CosineOnecycleOptions,
  type Interpolation,
  linearOnecycleSchedule,
  type LinearOnecycleOptions,
  piecewiseInterpolateSchedule,
} from "./schedules/piecewise-interpolate.ts";
export { linearSchedule, polynomialSchedule, type TransitionOptions } from "./schedules/polynomial.ts";
export { constantSchedule, type LearningRate, type Schedule } from "./schedules/schedule.ts";
export {
  warmupConstantSchedule,
  warmupExponentialDecaySchedule,
  type WarmupExponentialDecayOptions,
} from "./schedules/warmup.ts";
export { adaptiveGradClip, type AdaptiveGradClipOptions } from "./transform/adaptive-grad-clip.ts";
export { addDecayedWeights, type DecayOptions, type DecayState } from "./transform/add-decayed-weights.ts";
export { addNoise, type AddNoiseState } from "./transform/add-noise.ts";
export { applyEvery, type ApplyEveryState } from "./transform/apply-every.ts";
export { centralize } from "./transform/centralize.ts";
export { clip, clipByBlockRms, clipByGlobalNorm } from "./transform/clip.ts";
export { keepParamsNonnegative, zeroNans, type ZeroNansState } from "./transform/constraints.ts";
export { ema, type EmaOptions, type EmaState } from "./transform/ema.ts";
export { hutchinsonEstimatorDiagHessian, type HutchinsonState } from "./transform/hutchinson.ts";
export { decayMask, type Mask, type MaskTree } from "./transform/mask.ts";
export type { MuonDimensionNumbers, MuonDimensions, MuonDimensionTree } from "./transform/muon-dimensions.ts";
export type { NewtonSchulzCoefficients, Preconditioning } from "./transform/newton-schulz.ts";
export {
  normalizeByUpdateNorm,
  type NormalizeByUpdateNormOptions,
} from "./transform/normalize-by-update-norm.ts";
export { perExampleGlobalNormClip } from "./transform/per-example-clip.ts";
export { scale } from "./transform/scale.ts";
export {
  type AdadeltaState,
  scaleByAdadelta,
  type ScaleByAdadeltaOptions,
} from "./transform/scale-by-adadelta.ts";
export { type AdamState, scaleByAdam, type ScaleByAdamOptions } from "./transform/scale-by-adam.ts";
export { scaleByAdamax, type ScaleByAdamaxOptions } from "./transform/scale-by-adamax.ts";
export { type AdanState, scaleByAdan, type ScaleByAdanOptions } from "./transform/scale-by-adan.ts";
export {
  type AdemamixState,
  scaleByAdemamix,
  type ScaleByAdemamixOptions,
  scaleBySimplifiedAdemamix,
  type ScaleBySimplifiedAdemamixOptions,
  type SimplifiedAdemamixState,
} from "./transform/scale-by-ademamix.ts";
export { scaleByAdopt, type ScaleByAdoptOptions } from "./transform/scale-by-adopt.ts";
export {
  type AmsgradState,
  scaleByAmsgrad,
  type ScaleByAmsgradOptions,
} from "./transform/scale-by-amsgrad.ts";
export { scaleByBelief, type ScaleByBeliefOptions } from "./transform/scale-by-belief.ts";
export { type CocobState, scaleByCocob, type ScaleByCocobOptions } from "./transform/scale-by-cocob.ts";
export {
  type DogInitStep,
  type DogState,
  type DowgState,
  scaleByDog,
  type ScaleByDogOptions,
  scaleByDowg,
  type ScaleByDowgOptions,
} from "./transform/scale-by-dog.ts";
export {
  type FactoredState,
  scaleByFactoredRms,
  type ScaleByFactoredRmsOptions,
} from "./transform/scale-by-factored-rms.ts";
export { type LbfgsState, scaleByLbfgs, type ScaleByLbfgsOptions } from "./transform/scale-by-lbfgs.ts";
export { scaleByLearningRate, type ScaleByLearningRateOptions } from "./transform/scale-by-learning-rate.ts";
export { type LionState, scaleByLion, type ScaleByLionOptions } from "./transform/scale-by-lion.ts";
export {
  type MadgradState,
  scaleByMadgrad,
  type ScaleByMadgradOptions,
} from "./transform/scale-by-madgrad.ts";
export {
  type MuonState,
  scaleByMuon,
  type ScaleByMuonOptions,
  scaleByShape,
  type ScaleByShapeOptions,
} from "./transform/scale-by-muon.ts";
export { scaleByNovograd, type ScaleByNovogradOptions } from "./transform/scale-by-novograd.ts";
export {
  type OptimisticState,
  scaleByOptimisticGradient,
  type ScaleByOptimisticGradientOptions,
} from "./transform/scale-by-optimistic-gradient.ts";
export {
  scaleByParamBlockNorm,
  type ScaleByParamBlockOptions,
  scaleByParamBlockRms,
} from "./transform/scale-by-param-block.ts";
export { scaleByPolyak, type ScaleByPolyakOptions } from "./transform/scale-by-polyak.ts";
export { scaleByRadam, type ScaleByRadamOptions } from "./transform/scale-by-radam.ts";
export {
  type RmsState,
  scaleByRms,
  type ScaleByRmsOptions,
  scaleByStddev,
  type StddevState,
} from "./transform/scale-by-rms.ts";
export { type RpropState, scaleByRprop, type ScaleByRpropOptions } from "./transform/scale-by-rprop.ts";
export { type RssState, scaleByRss, type ScaleByRssOptions } from "./transform/scale-by-rss.ts";
export { scaleBySchedule, type ScheduleState } from "./transform/scale-by-schedule.ts";
export { scaleBySign } from "./transform/scale-by-sign.ts";
export { scaleBySm3, type ScaleBySm3Options, type Sm3State } from "./transform/scale-by-sm3.ts";
export { scaleBySophia, type ScaleBySophiaOptions, type SophiaState } from "./transform/scale-by-sophia.ts";
export { scaleByTrustRatio, type ScaleByTrustRatioOptions } from "./transform/scale-by-trust-ratio.ts";
export { scaleByYogi, type ScaleByYogiOptions } from "./transform/scale-by-yogi.ts";
export { setToZero } from "./transform/set-to-zero.ts";
export { trace, type TraceOptions, type TraceState } from "./transform/trace.ts";
export {
  type EmptyState,
  type GradientTransformation,
  identity,
  stateless,
  type UpdateArguments,
} from "./transformation.ts";
export { treeLeaves, treeMap, treeMapWithPath, type Tree, type TreeOf } from "./tree.ts";
export { applyIfFinite, type ApplyIfFiniteState } from "./wrappers/apply-if-finite.ts";
export {
  type ConditionalOptions,
  type ConditionalState,
  conditionallyMask,
  conditionallyTransform,
  type ConditionFn,
} from "./wrappers/conditionally.ts";
export { flatten } from "./wrappers/flatten.ts";
export {
  type HyperparametersOf,
  injectHyperparams,
  type InjectHyperparamsOptions,
  type InjectHyperparamsState,
  type InjectedNames,
  type TransformationFactory,
  type WithSchedules,
} from "./wrappers/inject-hyperparams.ts";
export {
  lookahead,
  type LookaheadOptions,
  LookaheadParams,
  type LookaheadState,
} from "./wrappers/lookahead.ts";
export { freeze, masked, type MaskedState } from "./wrappers/masked.ts";
export {
  type EveryKSchedule,
  MultiSteps,
  type MultiStepsOptions,
  type MultiStepsState,
} from "./wrappers/multi-steps.ts";
export {
  type FilteredGroup,
  type Labels,
  type LabelTree,
  partition,
  type PartitionState,
  type StatesOfLabels,
  type StatesOfGroups,
} from "./wrappers/partition.ts";
export {
  reduceOnPlateau,
  type ReduceOnPlateauOptions,
  type ReduceOnPlateauState,
} from "./wrappers/reduce-on-plateau.ts";
export {
  type ShouldSkipUpdateFunction,
  skipLargeUpdates,
  type SkipLargeUpdatesState,
  skipNotFinite,
  type SkipNotFiniteState,
} from "./wrappers/skip.ts";
