/** @file Importing this brings every kernel and gradient at once, for code that cannot wait for a backend's own. */
import { gradients, mendTape } from "./gradients/index.ts";
import "./index.ts";
import { cpuKernels } from "./kernels/sets/cpu.ts";
import { wasmKernels } from "./kernels/sets/wasm.ts";
import { webGlKernels } from "./kernels/sets/webgl.ts";
import { webGpuKernels } from "./kernels/sets/webgpu.ts";
import { provideGradients } from "./registry/gradient-registry.ts";
import { provideKernels } from "./registry/kernel-registry.ts";

provideKernels("cpu", cpuKernels);
provideKernels("wasm", wasmKernels);
provideKernels("webgl", webGlKernels);
provideKernels("webgpu", webGpuKernels);
provideGradients(gradients, mendTape);
