/** @file The target `webgpu`: importing this has `jit` compile for the GPU where the webgpu backend is active. */
import { provide } from "./targets/loaded.ts";
import { webgpu } from "./targets/webgpu/target.ts";

provide(webgpu);

export { gpuMemory, type GpuMemory } from "./targets/webgpu/memory/the-heaps.ts";
