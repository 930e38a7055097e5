/** @file Runs single kernels as `jit` compiles them to WebAssembly. */
import { compiledFor } from "../compiled-kernels.ts";

export const compiledKernels = compiledFor("wasm");
