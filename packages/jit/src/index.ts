export {
  DeviceLostError,
  DeviceMemoryError,
  JitArgumentError,
  JitExecutionError,
  JitMemoryError,
  WebAssemblyUnavailableError,
} from "./errors.ts";
export { jit, type Jitted, type JitMethods, type JitOptions } from "./jit.ts";
export type { LaunchProfile, Profile } from "./profile.ts";
export type { MatmulPrecision, TargetName } from "./targets/target.ts";
export {
  EscapedTensorError,
  TracedValueError,
  UnsupportedKernelError,
  UntraceableError,
} from "@nnx-js/nn/trace";
