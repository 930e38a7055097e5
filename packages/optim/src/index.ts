export { adam, type AdamOptions, adamw, type AdamWOptions } from "./alias/adam.ts";
export { sgd, type SgdOptions } from "./alias/sgd.ts";
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
export { Optimizer, type OptimizerOptions, type OptStateOf } from "./optimizer.ts";
export {
  cosineDecaySchedule,
  type CosineDecayOptions,
  cosineOnecycleSchedule,
  type CosineOnecycleOptions,
  type SgdrCycle,
  sgdrSchedule,
  warmupCosineDecaySchedule,
  type WarmupCosineDecayOptions,
} from "./schedules/cosine.ts";
export { exponentialDecay, type ExponentialDecayOptions } from "./schedules/exponential-decay.ts";
export { joinSchedules } from "./schedules/join.ts";
export { piecewiseConstantSchedule } from "./schedules/piecewise-constant.ts";
export { linearSchedule, polynomialSchedule, type TransitionOptions } from "./schedules/polynomial.ts";
export { constantSchedule, type LearningRate, type Schedule } from "./schedules/schedule.ts";
export { adaptiveGradClip, type AdaptiveGradClipOptions } from "./transform/adaptive-grad-clip.ts";
export { addDecayedWeights, type DecayOptions, type DecayState } from "./transform/add-decayed-weights.ts";
export { addNoise, type AddNoiseState } from "./transform/add-noise.ts";
export { applyEvery, type ApplyEveryState } from "./transform/apply-every.ts";
export { centralize } from "./transform/centralize.ts";
export { clip, clipByBlockRms, clipByGlobalNorm } from "./transform/clip.ts";
export { keepParamsNonnegative, zeroNans, type ZeroNansState } from "./transform/constraints.ts";
export { ema, type EmaOptions, type EmaState } from "./transform/ema.ts";
export { decayMask, type Mask, type MaskTree } from "./transform/mask.ts";
export {
  normalizeByUpdateNorm,
  type NormalizeByUpdateNormOptions,
} from "./transform/normalize-by-update-norm.ts";
export { perExampleGlobalNormClip } from "./transform/per-example-clip.ts";
export { scale } from "./transform/scale.ts";
export { type AdamState, scaleByAdam, type ScaleByAdamOptions } from "./transform/scale-by-adam.ts";
export { scaleByLearningRate } from "./transform/scale-by-learning-rate.ts";
export { scaleBySchedule, type ScheduleState } from "./transform/scale-by-schedule.ts";
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
  type StatesOf,
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
