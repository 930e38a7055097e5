/** @file ThreefrySplit in WGSL. */
import { THREEFRY_WGSL } from "../threefry/threefry.wgsl.ts";
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const splitOnWebGpu = webGpuKernel("ThreefrySplit", (backend, { key }, { n }, output) =>
  launch(backend, {
    name: "split",
    library: THREEFRY_WGSL,
    body: `
      let count = index / 2;
      let at = 2 * (count / uniforms.n);
      let row = threefry(words(key[at], key[at + 1]), words(0, count % uniforms.n));
      result[index] = bitcast<i32>(row[index % 2]);
    `,
    inputs: { key },
    uniforms: { n: { type: "i32", data: Math.max(1, n) } },
    output,
  }),
);
