/** @file What a package of kernels is: all that this package has for one backend. */
import type { KernelConfig } from "@tensorflow/tfjs-core";
import type { ReplacedKernel } from "../replaced/replacement.ts";

/** All kernels of this package for one backend. */
export interface BackendKernels {
  /** Those that the backend lacks. */
  readonly added: readonly KernelConfig[];
  /** Those that take the place of the backend's own. */
  readonly replaced: readonly ReplacedKernel[];
}
