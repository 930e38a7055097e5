export { useBackend } from "./backend/use-backend.ts";
export { registerGradients } from "./gradients/index.ts";
export { UploadedWordsError } from "./kernels/hosts/webgl.ts";
export { IntegerPowerArgumentError, integerPower } from "./kernels/integer-power/integer-power.ts";
export { kernelShapes } from "./kernels/shapes.ts";
export type {
  Distribution,
  KernelAttrs,
  KernelInputs,
  KernelName,
  KernelSpecs,
  TensorSpec,
} from "./kernels/shapes.ts";
export { RandomArgumentError } from "./random/errors.ts";
export * as random from "./random/index.ts";
