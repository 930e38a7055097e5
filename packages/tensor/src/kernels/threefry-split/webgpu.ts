/** @file ThreefrySplit in WGSL. */
import { THREEFRY_WGSL } from "../threefry/threefry.wgsl.ts";
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const splitOnWebGpu = webGpuKernel("ThreefrySplit", (backend, { key }, _, output) =>
  launch(backend, {
    name: "split",
    library: THREEFRY_WGSL,
    body: `
      let row = threefry(words(key[0], key[1]), words(0, index / 2));
      result[index] = bitcast<i32>(row[index % 2]);
    `,
    inputs: { key },
    output,
  }),
);
