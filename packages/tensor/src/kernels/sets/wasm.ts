/** @file All kernels for the wasm backend; loaded with it. */
import { addedToWasm } from "../added/wasm.ts";
import { replacedOnWasm } from "../replaced/wasm.ts";
import type { BackendKernels } from "./backend-kernels.ts";

export const wasmKernels: BackendKernels = { added: addedToWasm, replaced: replacedOnWasm };
