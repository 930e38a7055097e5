/** @file All kernels for the webgpu backend; loaded with it. */
import { addedToWebGpu } from "../added/webgpu.ts";
import { replacedOnWebGpu } from "../replaced/webgpu.ts";
import type { BackendKernels } from "./backend-kernels.ts";

export const webGpuKernels: BackendKernels = { added: addedToWebGpu, replaced: replacedOnWebGpu };
