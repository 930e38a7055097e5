/** @file ThreefryTake in WGSL. */
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const takeOnWebGpu = webGpuKernel("ThreefryTake", (backend, { keys }, { index }, output) =>
  launch(backend, {
    name: "take",
    body: "result[index] = keys[(index / 2) * uniforms.words + 2 * uniforms.row + index % 2];",
    inputs: { keys },
    uniforms: { row: { type: "i32", data: index }, words: { type: "i32", data: 2 * keys.shape.at(-2)! } },
    output,
  }),
);
