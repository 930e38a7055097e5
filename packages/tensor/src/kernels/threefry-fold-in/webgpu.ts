/** @file ThreefryFoldIn in WGSL. */
import { THREEFRY_WGSL } from "../threefry/threefry.wgsl.ts";
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const foldInOnWebGpu = webGpuKernel("ThreefryFoldIn", (backend, { key, data }, attrs, output) => {
  const at = key.shape.length === 1 ? "0" : "2 * (index / 2)";
  const word = data?.shape.length === 1 ? "data[index / 2]" : "data[0]";
  return launch(backend, {
    name: [
      "fold_in",
      data ? "tensor" : "",
      at === "0" ? "" : "keys",
      data?.shape.length === 1 ? "numbers" : "",
    ]
      .filter(Boolean)
      .join("_"),
    library: THREEFRY_WGSL,
    body: `
      let folded = threefry(words(key[${at}], key[${at} + 1]), words(0, ${data ? word : "uniforms.data"}));
      result[index] = bitcast<i32>(folded[index % 2]);
    `,
    inputs: data ? { key, data } : { key },
    uniforms: data ? {} : { data: { type: "i32", data: attrs.data } },
    output,
  });
});
