/** @file ThreefryFoldIn in WGSL. */
import { THREEFRY_WGSL } from "../threefry/threefry.wgsl.ts";
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const foldInOnWebGpu = webGpuKernel("ThreefryFoldIn", (backend, { key, data }, attrs, output) =>
  launch(backend, {
    name: data ? "fold_in_tensor" : "fold_in",
    library: THREEFRY_WGSL,
    body: `
      let folded = threefry(words(key[0], key[1]), words(0, ${data ? "data[0]" : "uniforms.data"}));
      result[index] = bitcast<i32>(folded[index]);
    `,
    inputs: data ? { key, data } : { key },
    uniforms: data ? {} : { data: { type: "i32", data: attrs.data } },
    output,
  }),
);
