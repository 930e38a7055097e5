/** @file IntegerPower in WGSL. */
import { launch, type Uniform } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";
import { digitPowers } from "./powers.ts";

export const integerPowerOnWebGpu = webGpuKernel(
  "IntegerPower",
  (backend, { exponent }, { base }, output) => {
    const tables = digitPowers(base);
    const uniforms = Object.fromEntries(
      tables.map((data, digit): [string, Uniform] => [`table${digit}`, { type: "vec4<f32>", data }]),
    );
    const factors = tables.map((_, digit) => `power *= uniforms.table${digit}[(e >> ${2 * digit}u) & 3u];`);
    return launch(backend, {
      name: "integer_power",
      body: `
      let e = u32(abs(exponent[0]));
      var power = 1.0;
      ${factors.join("\n")}
      result[index] = select(power, 1.0 / power, exponent[0] < 0);
    `,
      inputs: { exponent },
      uniforms,
      output,
    });
  },
);
