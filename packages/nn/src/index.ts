import "@nnx-js/tensor";
export { celu, elu, selu } from "./activations/elu.ts";
export {
  hardSigmoid,
  hardSilu,
  hardSilu as hardSwish,
  hardTanh,
  identity,
  leakyRelu,
  relu,
  relu6,
} from "./activations/relu.ts";
export {
  gelu,
  glu,
  logSigmoid,
  sigmoid,
  silu,
  silu as swish,
  softplus,
  softSign,
  tanh,
} from "./activations/smooth.ts";
export {
  logSoftmax,
  logsumexp,
  oneHot,
  type LogSumExpOptions,
  softmax,
  type SoftmaxOptions,
  standardize,
  type StandardizeOptions,
} from "./activations/softmax.ts";
export type { Axis } from "./axes.ts";
export { capture, type Capturable, type Captured, type CaptureOptions } from "./capture/capture.ts";
export type { SowOptions, VariableClass } from "./capture/recorder.ts";
export { isCapturing } from "./capture/recording.ts";
export { classNameOf } from "./class-name.ts";
export { display } from "./display/display.ts";
export type { Tallies, Tally } from "./display/tally.ts";
export {
  DtypeError,
  GraphStructureError,
  InvalidArgumentError,
  MissingArgumentError,
  NnxError,
  SelectionError,
  ShapeMismatchError,
  UncopyableNodeError,
  UnknownAttributeError,
  VariableValueError,
} from "./errors.ts";
export { asPure, type Pure } from "./graph/as-pure.ts";
export { childrenOf, setChild, type Parent } from "./graph/children.ts";
export { clone, type CloneOptions } from "./graph/copy.ts";
export { privateMemberOf } from "./graph/copyable.ts";
export { type Coverage, cover, coverageOf } from "./graph/coverage.ts";
export { findDuplicates, type FindDuplicatesOptions } from "./graph/duplicates.ts";
export {
  All,
  Any,
  Everything,
  type Filter,
  type FilterClass,
  Not,
  Nothing,
  OfType,
  PathContains,
  PathIn,
  type Predicate,
  type PredicateOf,
  type Selected,
  type SelectedByAll,
  toPredicate,
  type TypePredicate,
  WithTag,
} from "./graph/filters.ts";
export { graphdef, merge, type MergeOptions, split, state, variables } from "./graph/functions.ts";
export { GraphDef } from "./graph/graphdef.ts";
export type { LeafOf, StatesOf } from "./graph/group.ts";
export { iterChildren, iterGraph, iterModuleChildren, iterModules, iterVariables } from "./graph/iterate.ts";
export {
  assertDepth,
  type Container,
  formatPath,
  hasData,
  isData,
  isGraphDef,
  isPytree,
  isState,
  isVariable,
  type Key,
  type Kind,
  kindOf,
  type Path,
} from "./graph/kinds.ts";
export { madeBy, type Recipe, recipeOf } from "./graph/made-by.ts";
export { map } from "./graph/map.ts";
export { type Located, matching } from "./graph/matching.ts";
export { pop } from "./graph/pop.ts";
export {
  fromPureDict,
  type PureDict,
  replaceByPureDict,
  restoreIntPaths,
  toPureDict,
} from "./graph/pure-dict.ts";
export { recursiveMap } from "./graph/recursive-map.ts";
export { setMetadata, type SetMetadataOptions } from "./graph/set-metadata.ts";
export {
  type FlatState,
  fromFlatState,
  State,
  type StateEntry,
  type StateLeaf,
  toFlatState,
} from "./graph/state.ts";
export { filterState, mapState, mergeState, splitState } from "./graph/state-algebra.ts";
export { update, type Update, type UpdateOptions } from "./graph/update.ts";
export * as initializers from "./initializers/index.ts";
export type { Initializer } from "./initializers/initializer.ts";
export { withMetadata } from "./initializers/with-metadata.ts";
export {
  type AttentionFn,
  type AttentionOptions,
  dotProductAttention,
} from "./layers/attention/dot-product.ts";
export {
  type AttentionMaskOptions,
  type CausalMaskOptions,
  combineMasks,
  type CombineMasksOptions,
  makeAttentionMask,
  makeCausalMask,
  type MaskDtype,
} from "./layers/attention/masks.ts";
export { MultiHeadAttention } from "./layers/attention/multi-head.ts";
export type {
  MultiHeadAttentionForwardOptions,
  MultiHeadAttentionOptions,
} from "./layers/attention/multi-head-options.ts";
export type { Axes } from "./layers/axes.ts";
export { BatchNorm, type BatchNormForwardOptions, type BatchNormOptions } from "./layers/batch-norm.ts";
export { Conv, type ConvOptions } from "./layers/convolution/conv.ts";
export type { ConvBase, KernelOptions } from "./layers/convolution/conv-base.ts";
export { ConvTranspose, type ConvTransposeOptions } from "./layers/convolution/conv-transpose.ts";
export type {
  ConvPadding,
  ConvTransposePadding,
  ExplicitPadding,
  PadPair,
  PoolPadding,
} from "./layers/convolution/padding.ts";
export {
  Dropout,
  type DropoutForwardOptions,
  type DropoutOptions,
  type DropoutRngs,
} from "./layers/dropout.ts";
export { Einsum, type EinsumForwardOptions, type EinsumOptions } from "./layers/einsum.ts";
export { Embed, type EmbedOptions } from "./layers/embed.ts";
export {
  GroupNorm,
  type GroupNormOptions,
  InstanceNorm,
  type InstanceNormOptions,
} from "./layers/group-norm.ts";
export {
  LayerNorm,
  type LayerNormOptions,
  type NormAxes,
  RMSNorm,
  type RMSNormOptions,
} from "./layers/layer-norm.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { LinearGeneral, type LinearGeneralOptions } from "./layers/linear-general.ts";
export { LoRA, LoRALinear, type LoRALinearOptions, type LoRAOptions } from "./layers/lora.ts";
export type { Norm, NormForwardOptions, NormOptions, ScaleOptions } from "./layers/norm.ts";
export type { ForwardOptions } from "./layers/options.ts";
export type { PackedKernel } from "./layers/packed.ts";
export { avgPool, type AvgPoolOptions } from "./layers/pooling/avg-pool.ts";
export { maxPool, minPool } from "./layers/pooling/max-pool.ts";
export { pool, type ReduceFn } from "./layers/pooling/pool.ts";
export type { PoolOptions } from "./layers/pooling/windows.ts";
export { PReLU, type PReLUOptions } from "./layers/prelu.ts";
export type { DtypeOptions, FloatDtype, PromoteDtype } from "./layers/promote-dtype.ts";
export {
  Bidirectional,
  type BidirectionalForwardOptions,
  type BidirectionalOptions,
  type SequenceLayer,
} from "./layers/recurrent/bidirectional.ts";
export { type CarryOf, type CarryOptions, RNNCellBase } from "./layers/recurrent/cell.ts";
export { GRUCell, type GRUCellOptions } from "./layers/recurrent/gru.ts";
export { type LSTMCarry, LSTMCell, OptimizedLSTMCell } from "./layers/recurrent/lstm.ts";
export type { GatedCellOptions, RNNCellOptions } from "./layers/recurrent/options.ts";
export { RNN, type RNNForwardOptions, type RNNOptions, type SequenceOutput } from "./layers/recurrent/rnn.ts";
export { SimpleCell, type SimpleCellOptions } from "./layers/recurrent/simple.ts";
export { type Layer, type LayerOptions, Sequential } from "./layers/sequential.ts";
export {
  SpectralNorm,
  type SpectralNormForwardOptions,
  type SpectralNormOptions,
} from "./layers/spectral-norm.ts";
export { WeightNorm, type WeightNormOptions } from "./layers/weight-norm.ts";
export type { VariableTree, WrappedModule } from "./layers/wrapped-weights.ts";
export {
  type FocalLossOptions,
  hingeLoss,
  sigmoidBinaryCrossEntropy,
  sigmoidFocalLoss,
} from "./losses/binary.ts";
export { cosineDistance, type CosineOptions, cosineSimilarity } from "./losses/cosine.ts";
export { klDivergence, klDivergenceWithLogTargets } from "./losses/divergence.ts";
export { huberLoss, type HuberLossOptions, l2Loss, logCosh, squaredError } from "./losses/regression.ts";
export {
  type ClassAxisOptions,
  type IntegerLabelOptions,
  multiclassHingeLoss,
  polyLossCrossEntropy,
  type PolyLossOptions,
  safeSoftmaxCrossEntropy,
  smoothLabels,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
} from "./losses/softmax.ts";
export {
  fitsViewOption,
  formatViewType,
  type ViewArgs,
  type ViewOption,
  viewOptions,
  type ViewOptions,
  type ViewOptionType,
  type ViewOptionTypes,
} from "./modes/view-options.ts";
export { type Attributes, type AttributeWrite, planAttributes } from "./module/attributes.ts";
export { atBoundary } from "./module/boundary.ts";
export { Dict } from "./module/dict.ts";
export { List } from "./module/list.ts";
export { Module } from "./module/module.ts";
export { Pytree } from "./module/pytree.ts";
export type { SetAttributesArgs, SetAttributesOptions } from "./module/set-attributes.ts";
export { guesses } from "./near-miss.ts";
export { Int8Kernel } from "./quantize/int8-kernel.ts";
export { quantize, type Quantized, type QuantizeOptions } from "./quantize/quantize.ts";
export type { QuantizationReport, QuantizedKernel } from "./quantize/report.ts";
export { reseed } from "./random/reseed.ts";
export { RngStream, type Seed } from "./random/rng-stream.ts";
export { Rngs, type Seeds } from "./random/rngs.ts";
export type { ShapeSampler } from "./random/sampler.ts";
export {
  forkRngs,
  restoreRngs,
  type RngBackups,
  type RngsOptions,
  splitRngs,
  type SplitRngsOptions,
  withRngs,
} from "./random/tree.ts";
export type { Part } from "./select/parts.ts";
export { select, type Selector } from "./select/select.ts";
export type { NarrowedPart, PartOf, Selection } from "./select/selection.ts";
export { summarize, type Summary, type SummaryOptions, type SummaryRow } from "./summary/summarize.ts";
export { tabulate } from "./summary/tabulate.ts";
export type { Dual } from "./trace/call.ts";
export { Accuracy, type AccuracyOptions, type AccuracyUpdates, Average } from "./training/average.ts";
export { EMA, type EMAOptions } from "./training/ema.ts";
export { Metric, setValues } from "./training/metric.ts";
export {
  MultiMetric,
  type Metrics,
  type MultiMetricUpdates,
  type MultiMetricValues,
} from "./training/multi-metric.ts";
export { maskFor, ratio, type ValueUpdates } from "./training/values.ts";
export { type Statistics, Welford } from "./training/welford.ts";
export type { LaneAxes, LaneAxis } from "./transforms/batching/axes.ts";
export { type BatchRuleOptions, registerBatchRule } from "./transforms/batching/batch-rules.ts";
export { axisIndex, pmax, pmean, pmin, psum } from "./transforms/batching/collectives.ts";
export type { ModuleClass } from "./transforms/batching/module-class.ts";
export type {
  BatchCall,
  Batched,
  BatchResult,
  BatchRule,
  Lanes,
  LaneSpec,
} from "./transforms/batching/rule.ts";
export type { VmapClassOptions } from "./transforms/batching/stacked-class.ts";
export { type InLanes, vmap, type VmapOptions } from "./transforms/batching/vmap.ts";
export { cond } from "./transforms/control/cond.ts";
export { foriLoop } from "./transforms/control/fori-loop.ts";
export { scan, type ScanOptions } from "./transforms/control/scan.ts";
export type { ScanClassOptions, StackedClass } from "./transforms/control/scanned-class.ts";
export type { Sliced, Stacked } from "./transforms/control/slices.ts";
export { switchCase } from "./transforms/control/switch-case.ts";
export { whileLoop } from "./transforms/control/while-loop.ts";
export {
  type CheckpointCandidate,
  checkpointPolicies,
  type CheckpointPolicy,
} from "./transforms/derivatives/checkpoint-policies.ts";
export { customJvp } from "./transforms/derivatives/custom-jvp.ts";
export { customVjp, type CustomVjpOptions } from "./transforms/derivatives/custom-vjp.ts";
export { debugNaN, type NaNChecked, NaNError } from "./transforms/derivatives/debug-nan.ts";
export { UnsupportedDerivativeError } from "./transforms/derivatives/errors.ts";
export type { AuxOptions } from "./transforms/derivatives/function-graph.ts";
export { hvp } from "./transforms/derivatives/hvp.ts";
export { hessian, jacfwd, jacrev } from "./transforms/derivatives/jacobian.ts";
export type { Block, Jacobian, JacobianOptions } from "./transforms/derivatives/jacobian-types.ts";
export { jvp } from "./transforms/derivatives/jvp.ts";
export { registerJvpRule } from "./transforms/derivatives/jvp-rules.ts";
export { linearize, type LinearFunction } from "./transforms/derivatives/linearize.ts";
export { remat, type RematOptions } from "./transforms/derivatives/remat.ts";
export type { JvpNode, JvpRule } from "./transforms/derivatives/rules/rule.ts";
export type { Derivative, Direction } from "./transforms/derivatives/types.ts";
export { type LinearMap, vjp } from "./transforms/derivatives/vjp.ts";
export { DiffState } from "./transforms/diff-state.ts";
export { type Abstract, evalShape, type ShapeDtype } from "./transforms/eval-shape.ts";
export {
  type Argnum,
  type Argnums,
  grad,
  type Gradients,
  type GradOptions,
  valueAndGrad,
} from "./transforms/grad.ts";
export { StateAxes } from "./transforms/state-axes.ts";
export { interceptVariables, type VariableInterceptor, withValues } from "./variable/access.ts";
export { BorrowedStore, OwnedStore, type VariableStore } from "./variable/store.ts";
export { isInTransaction, outsideTransaction, transaction } from "./variable/transaction.ts";
export {
  BatchStat,
  Cache,
  Intermediate,
  LoRAParam,
  MetricState,
  OptState,
  Param,
  Perturbation,
  QuantizedParam,
  QuantizedScale,
  RngCount,
  RngKey,
  RngState,
} from "./variable/types.ts";
export { copyValue, Variable, type VariableMetadata, withStore } from "./variable/variable.ts";
