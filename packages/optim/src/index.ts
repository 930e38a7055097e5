export { adam, type AdamOptions, adamw, type AdamWOptions } from "./alias/adam.ts";
export { sgd, type SgdOptions } from "./alias/sgd.ts";
export { applyUpdates } from "./apply-updates.ts";
export { chain, type ChainState } from "./combine.ts";
export { globalNorm } from "./global-norm.ts";
export { Optimizer, type OptimizerOptions } from "./optimizer.ts";
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
export { addDecayedWeights, type DecayOptions } from "./transform/add-decayed-weights.ts";
export { clip, clipByGlobalNorm } from "./transform/clip.ts";
export type { Mask, MaskTree } from "./transform/mask.ts";
export { scale } from "./transform/scale.ts";
export { type AdamState, scaleByAdam, type ScaleByAdamOptions } from "./transform/scale-by-adam.ts";
export { scaleByLearningRate } from "./transform/scale-by-learning-rate.ts";
export { scaleBySchedule, type ScheduleState } from "./transform/scale-by-schedule.ts";
export { trace, type TraceOptions, type TraceState } from "./transform/trace.ts";
export {
  type EmptyState,
  type GradientTransformation,
  identity,
  stateless,
  type UpdateArguments,
} from "./transformation.ts";
export { treeLeaves, treeMap, treeMapWithPath, type Tree, type TreeOf } from "./tree.ts";
