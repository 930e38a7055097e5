export {
  DeviceLostError,
  DeviceMemoryError,
  EscapedTensorError,
  JitArgumentError,
  JitExecutionError,
  JitMemoryError,
  TracedValueError,
  UnsupportedKernelError,
  UntraceableError,
  WebAssemblyUnavailableError,
} from "./errors.ts";
export { jit, type Jitted, type JitMethods, type JitOptions } from "./jit.ts";
export type { LaunchProfile, Profile } from "./profile.ts";
export type { MatmulPrecision, TargetName } from "./targets/target.ts";
