/** @file Every kernel of the wasm backend that is replaced. */
import { wasmMaxPool } from "./max-pool.ts";
import type { ReplacedKernel } from "./replacement.ts";
import { wasmConvolution } from "./wasm-convolution.ts";
import { wasmDilation } from "./wasm-dilation.ts";
import { wasmEmpty } from "./wasm-empty.ts";
import { wasmGather } from "./wasm-gather.ts";
import { wasmIdentity } from "./wasm-identity.ts";
import { wasmMatMul } from "./wasm-mat-mul.ts";

export const replacedOnWasm: readonly ReplacedKernel[] = [
  ...wasmConvolution,
  ...wasmDilation,
  ...wasmEmpty,
  ...wasmGather,
  ...wasmIdentity,
  ...wasmMatMul,
  ...wasmMaxPool,
];
