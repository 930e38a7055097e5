export { enterBackend, targetBackend, type UnregisteredBackend } from "./abstract/enter-backend.ts";
export {
  AbstractValueError,
  DataDependentShapeError,
  MissingShapeRuleError,
  NotAbstractError,
} from "./abstract/errors.ts";
export { full } from "./abstract/full.ts";
export type { ShapeRule, ShapeRuleAttrs, ShapeRuleInputs } from "./abstract/rule.ts";
export { abstractTensor, isAbstract, runAbstract } from "./abstract/run-abstract.ts";
export { registerShapeRule, shapeRuleNames, shapeRuleOf } from "./abstract/shape-rules.ts";
export { ValuelessBackend, ValuelessData } from "./abstract/valueless-backend.ts";
export type { BackendName } from "./backend/backend-name.ts";
export {
  BackendOptionError,
  BackendUnavailableError,
  NoBackendError,
  UnknownBackendError,
} from "./backend/errors.ts";
export type { BackendFailures } from "./backend/errors.ts";
export type { WasmPaths } from "./backend/load-options.ts";
export { loadWithBackend } from "./backend/parts.ts";
export { useBackend } from "./backend/use-backend.ts";
export type { BackendChoice, ChosenBackend, UseBackendOptions } from "./backend/use-backend.ts";
export { broadcastTo } from "./broadcast/broadcast-to.ts";
export { convGeneralDilated } from "./convolution/conv-general-dilated.ts";
export { ConvolutionArgumentError } from "./convolution/errors.ts";
export { paddingSides } from "./convolution/numeric-pad.ts";
export type { ConvGeneralDilatedOptions } from "./convolution/options.ts";
export type {
  Conv2DAttributes,
  Conv3DAttributes,
  Pool2DAttributes,
  Pool3DAttributes,
} from "./convolution/window-attributes.ts";
export { endingAtZeros, zeroGradient } from "./gradients/symbolic-zeros.ts";
export { adamDirection, type AdamDirectionOptions } from "./kernels/adam-direction/adam-direction.ts";
export {
  batchToSpaceMove,
  type BlockMove,
  depthToSpaceMove,
  spaceToBatchMove,
  spaceToBatchPaddings,
} from "./kernels/blocks/moves.ts";
export { ElementwiseArgumentError } from "./kernels/elementwise/check.ts";
export { UploadedWordsError } from "./kernels/hosts/uploaded-words-error.ts";
export { bilinearSources, nearestSources, rotationFill, rotationSources } from "./kernels/image/geometry.ts";
export { Int8ArgumentError } from "./kernels/int8/errors.ts";
export { int8MatMul, int8Unpack } from "./kernels/int8/int8.ts";
export { int8Words, packInt8 } from "./kernels/int8/layout.ts";
export { IntegerPowerArgumentError, integerPower } from "./kernels/integer-power/integer-power.ts";
export { linearCombination } from "./kernels/linear-combination/linear-combination.ts";
export { multinomialDraws } from "./kernels/multinomial/draws.ts";
export { kernelShapes } from "./kernels/shapes.ts";
export type {
  Distribution,
  KernelAttrs,
  KernelInputs,
  KernelName,
  KernelSpecs,
  TensorSpec,
} from "./kernels/shapes.ts";
export { squareCombination } from "./kernels/square-combination/square-combination.ts";
export { type DenseSlice, denseSlice } from "./kernels/strided/slice.ts";
export { truncation as truncatedNormalBounds } from "./kernels/threefry/distributions.ts";
export { AsyncFunctionError } from "./lifetime/async-function-error.ts";
export { isConstantRegion } from "./lifetime/constant-region.ts";
import "./lifetime/dispose.ts";
export { DISPOSE } from "./lifetime/dispose-symbol.ts";
export { FunctionArgumentError } from "./lifetime/function-argument.ts";
export { noGradient, stopGradient } from "./lifetime/no-gradient.ts";
export { type Keep, ownByScope, scope, type ScopeOwned } from "./lifetime/scope.ts";
export { BackendMemoryError } from "./pieces/errors.ts";
export { type ElementArrays, type ReadPiece, tensorFromPieces } from "./pieces/tensor-from-pieces.ts";
export { transposeInPlace } from "./pieces/transpose-in-place.ts";
export { RandomArgumentError } from "./random/errors.ts";
export * as random from "./random/index.ts";
export { registerGradients, registerKernels } from "./registry/index.ts";
export { BackendNotReadyError } from "./registry/not-ready-error.ts";
