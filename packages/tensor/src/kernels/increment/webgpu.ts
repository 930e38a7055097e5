/** @file Increment in WGSL. */
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const incrementOnWebGpu = webGpuKernel("Increment", (backend, { count }, _, output) =>
  launch(backend, {
    name: "increment",
    body: "result[index] = count[index] + 1;",
    inputs: { count },
    output,
  }),
);
