/** @file All kernels for the cpu backend; loaded with it. */
import { addedToCpu } from "../added/cpu.ts";
import { replacedOnCpu } from "../replaced/cpu.ts";
import type { BackendKernels } from "./backend-kernels.ts";

export const cpuKernels: BackendKernels = { added: addedToCpu, replaced: replacedOnCpu };
