/** @file ThreefryTake in WGSL. */
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const takeOnWebGpu = webGpuKernel("ThreefryTake", (backend, { keys }, { index }, output) =>
  launch(backend, {
    name: "take",
    body: "result[index] = keys[2 * uniforms.row + index];",
    inputs: { keys },
    uniforms: { row: { type: "i32", data: index } },
    output,
  }),
);
