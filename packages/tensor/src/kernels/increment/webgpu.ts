/** @file Increment in WGSL. */
import { launch } from "../webgpu/launch.ts";
import { registerWebGPUKernel } from "../webgpu/register.ts";

registerWebGPUKernel("Increment", (backend, { count }, _, output) =>
  launch(backend, { name: "increment", body: "result[index] = count[0] + 1;", inputs: { count }, output }),
);
